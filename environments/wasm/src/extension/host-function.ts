import type { NumberType } from "../arguments/value-type.ts";

/** What a guest gives to a host function, in the order of its parameters. */
export type HostArguments = readonly (number | bigint)[];

/** A guest's memory for the time of one call; reaching outside it ends the run as a trap. */
export interface GuestBytes {
  /** A copy of some bytes. */
  read(at: number, length: number): Uint8Array;
  write(at: number, data: Uint8Array): void;
}

/**
 * A function that the host adds to the guest's world, for example an accelerator or a new signature
 * scheme. It must answer from its arguments and the guest's memory alone: receipts depend on it. A
 * guest imports it from the module `bedplate_ext` as `name@version`.
 */
export interface HostFunction {
  /** Lower-case words joined by `_`. */
  readonly name: string;
  /** Raised by whatever changes an answer or a price; versions live side by side. */
  readonly version: number;
  readonly params: readonly NumberType[];
  readonly result?: NumberType | undefined;
  /** Fuel of a call, known before it runs. */
  price(values: HostArguments): number;
  run(values: HostArguments, memory: GuestBytes): number | bigint | undefined;
}

/** The module name that guests import host functions from. */
export const extensionModule = "bedplate_ext";

/** The field name of an import, for example `sha256@1`. */
export function hostFunctionField({ name, version }: HostFunction): string {
  return `${name}@${version}`;
}

/** What the host must grant before a guest may import the function. */
export function hostFunctionPermission({ name }: HostFunction): `host-function:${string}` {
  return `host-function:${name}`;
}

/** The function's type, as a module that imports it declares it. */
export function hostFunctionType({ params, result }: HostFunction): string {
  return `(${params.join(", ")}) -> ${result ?? "()"}`;
}
