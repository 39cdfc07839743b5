import { type Ending, trapped } from "../run/ending.ts";
import { copyGuestBytes, type Guest, guestBytes } from "../run/guest.ts";
import { type ContractGuest, callImports } from "./call-imports.ts";
import type { ContractRun } from "./contract-run.ts";
import { decodeText } from "./guest-text.ts";
import { fuelOf, hostCosts } from "./host-costs.ts";
import { stateImports } from "./state-imports.ts";

/** The module name that contracts import from. */
export const contractModule = "bedplate";

/** Longest topic of an event, in bytes. */
export const topicBytesMax = 128;

/** The functions of the module `bedplate`, with their types in the names of the text format. */
export const contractFunctions: Readonly<Record<string, string>> = {
  input_length: "() -> i32",
  input_read: "(i32, i32, i32) -> ()",
  output: "(i32, i32) -> ()",
  revert: "(i32, i32) -> ()",
  state_read: "(i32, i32, i32, i32) -> i32",
  state_write: "(i32, i32, i32, i32) -> ()",
  state_delete: "(i32, i32) -> ()",
  event: "(i32, i32, i32, i32) -> ()",
  now: "() -> i64",
  seed: "(i32) -> ()",
  call: "(i32, i32, i32, i32, i32, i32, i64) -> i32",
  call_static: "(i32, i32, i32, i32, i32, i32, i64) -> i32",
  call_output_length: "() -> i32",
  call_output_read: "(i32, i32, i32) -> ()",
};

/** The module `bedplate` for one instance: each call goes to the attempt that runs now. */
export function contractImports(guest: ContractGuest): Readonly<Record<string, unknown>> {
  const current = () => {
    if (guest.attempt.isInitialisation) guest.end(duringInitialisation);
    return guest.attempt;
  };
  return {
    ...inputImports(guest, current),
    ...resultImports(guest, current),
    ...stateImports(guest, current),
    ...callImports(guest),
  };
}

function inputImports(guest: Guest, current: () => ContractRun): Readonly<Record<string, unknown>> {
  return {
    input_length: () => {
      guest.charge(fuelOf(hostCosts.inputLength));
      return current().invocation.input.length;
    },
    input_read: (at: number, offset: number, length: number) => {
      guest.charge(fuelOf(hostCosts.inputRead, length >>> 0));
      const { input } = current().invocation;
      const [start, end] = [offset >>> 0, (offset >>> 0) + (length >>> 0)];
      if (end > input.length) guest.end(trapped("out of bounds input"));
      guestBytes(guest, at, length).set(input.subarray(start, end));
    },
    now: () => {
      guest.charge(fuelOf(hostCosts.now));
      return BigInt(current().now);
    },
    seed: (at: number) => {
      guest.charge(fuelOf(hostCosts.seed));
      guestBytes(guest, at, 32).set(current().seed);
    },
  };
}

function resultImports(
  guest: Guest,
  current: () => ContractRun,
): Readonly<Record<string, unknown>> {
  const takeResult = (at: number, length: number) => {
    const { output } = current();
    const bytes = guestBytes(guest, at, length);
    if (!output.setResultBytes(bytes.length)) guest.end(outputSpent);
    return bytes.slice();
  };
  return {
    output: (at: number, length: number) => {
      guest.charge(fuelOf(hostCosts.output, length >>> 0));
      current().result = takeResult(at, length);
    },
    revert: (at: number, length: number) => {
      guest.charge(fuelOf(hostCosts.revert, length >>> 0));
      const output = takeResult(at, length);
      guest.end({ kind: "outcome", outcome: { kind: "reverted", output } });
    },
    event: (topicAt: number, topicLength: number, dataAt: number, dataLength: number) => {
      guest.charge(fuelOf(hostCosts.event, (topicLength >>> 0) + (dataLength >>> 0)));
      const range = { at: topicAt, length: topicLength, max: topicBytesMax, what: "a topic" };
      const topic = decodeText(guest, copyGuestBytes(guest, range));
      const data = guestBytes(guest, dataAt, dataLength).slice();
      if (!current().output.event(topic, data)) guest.end(outputSpent);
    },
  };
}

const duringInitialisation: Ending = trapped(
  "a contract function was called while the module began",
);

const outputSpent: Ending = {
  kind: "outcome",
  outcome: { kind: "exhausted", meter: "outputBytes" },
};
