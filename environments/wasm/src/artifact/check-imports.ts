import { signatureText } from "../arguments/value-type.ts";
import { contractFunctions, contractModule } from "../contract/contract-imports.ts";
import {
  extensionModule,
  type HostFunction,
  hostFunctionField,
  hostFunctionType,
} from "../extension/host-function.ts";
import type { ImportShape, ModuleShape } from "./module-shape.ts";
import { wasiFunctions, wasiModules } from "./wasi-functions.ts";

/** What is wrong with a module's imports; undefined when this environment has them all. */
export function importProblem(
  shape: ModuleShape,
  hostFunctions: readonly HostFunction[],
): string | undefined {
  const extension = Object.fromEntries(
    hostFunctions.map((each) => [hostFunctionField(each), hostFunctionType(each)]),
  );
  const known: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    [contractModule]: contractFunctions,
    ...Object.fromEntries(wasiModules.map((name) => [name, wasiFunctions])),
    [extensionModule]: extension,
  };
  for (const each of shape.imports) {
    const problem = problemOf(each, known);
    if (problem !== undefined) return `it imports ${each.module}.${each.name}, ${problem}`;
  }
  return undefined;
}

function problemOf(
  item: ImportShape,
  known: Readonly<Record<string, Readonly<Record<string, string>>>>,
): string | undefined {
  const functions = Object.hasOwn(known, item.module) ? known[item.module] : undefined;
  if (functions === undefined) return "a module that does not exist here";
  const type = Object.hasOwn(functions, item.name) ? functions[item.name] : undefined;
  if (type === undefined) return "which does not exist here";
  if (item.kind !== "function") return `which is a function and no ${item.kind}`;
  const asked = item.signature === undefined ? "" : signatureText(item.signature);
  return asked === type ? undefined : `whose type is ${type} and not ${asked}`;
}
