import { raise } from "@bedplate/errors";
import { type HostFunction, hostFunctionField } from "./host-function.ts";

/** Most host functions of one plug-in. */
export const hostFunctionsMax = 256;

/** Refuses a registry with malformed names or two functions of one name and version. */
export function checkHostFunctions(functions: readonly HostFunction[]): void {
  const fields = functions.map(hostFunctionField);
  if (fields.length > hostFunctionsMax) throw refuse(`there are more than ${hostFunctionsMax}`);
  const malformed = functions.find(
    ({ name, version }) => !/^[a-z][a-z0-9_]{0,47}$/.test(name) || !Number.isSafeInteger(version),
  );
  if (malformed !== undefined) throw refuse(`${hostFunctionField(malformed)} is no name@version`);
  const twice = fields.find((each, at) => fields.indexOf(each) !== at);
  if (twice !== undefined) throw refuse(`${twice} is there twice`);
}

function refuse(why: string): Error {
  return raise("argument.invalid", {
    op: "wasm.hostFunctions",
    detail: { path: "/hostFunctions", rule: why },
    blame: "operator",
    message: `Cannot register the host functions: ${why}`,
  });
}
