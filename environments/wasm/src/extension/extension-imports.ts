import { FaultError, raise } from "@bedplate/errors";
import { AttemptEnded } from "../run/ending.ts";
import { type Guest, guestBytes } from "../run/guest.ts";
import { type HostArguments, type HostFunction, hostFunctionField } from "./host-function.ts";

/** The module `bedplate_ext` for one guest. */
export function extensionImports(
  guest: Guest,
  functions: readonly HostFunction[],
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(functions.map((each) => [hostFunctionField(each), bind(guest, each)]));
}

function bind(guest: Guest, hostFunction: HostFunction): (...values: HostArguments) => unknown {
  const memory = {
    read: (at: number, length: number) => guestBytes(guest, at, length).slice(),
    write: (at: number, data: Uint8Array) => guestBytes(guest, at, data.length).set(data),
  };
  return (...values) => {
    try {
      guest.charge(hostFunction.price(values));
      return hostFunction.run(values, memory);
    } catch (error) {
      if (error instanceof AttemptEnded) throw error;
      return guest.end({ kind: "fault", error: toFault(error, hostFunction) });
    }
  };
}

/** A host function that throws is the host's defect, never the guest's outcome. */
function toFault(error: unknown, hostFunction: HostFunction): FaultError {
  if (error instanceof FaultError) return error;
  return raise("internal.bug", {
    op: "instance.invoke",
    detail: { where: `host-function:${hostFunctionField(hostFunction)}` },
    effect: "none",
    message: `Cannot finish the run: the host function ${hostFunctionField(hostFunction)} threw`,
    cause: error,
  });
}
