import { raise } from "@bedplate/errors";

/**
 * A pure function of bytes that a host lends to guests of any instruction set: an accelerator, or a
 * signature scheme that an instruction set has no instruction for. It answers from its input alone:
 * receipts depend on it. Each environment says how its guests call it, and what it costs there.
 */
export interface HostOperation {
  /** Lower-case words joined by `_`, at most 48 characters. */
  readonly name: string;
  /** Raised by whatever changes an answer; versions live side by side. */
  readonly version: number;
  /** The output, or `undefined` for an input that is refused. */
  run(input: Uint8Array): Uint8Array | undefined;
}

/** Fuel of one call, in the units of the environment that offers it; known before it runs. */
export interface OperationPrice {
  readonly base: number;
  /** For each byte of input. */
  readonly perByte: number;
}

/** What the host must grant before a guest finds the operation. */
export function operationPermission({ name }: HostOperation): `host-function:${string}` {
  return `host-function:${name}`;
}

/** The name by which manifests, profiles and guests know the operation: `ml_dsa_65@1`. */
export function operationField({ name, version }: HostOperation): string {
  return `${name}@${version}`;
}

/** Whole units of fuel for an input of that length. */
export function operationFuel({ base, perByte }: OperationPrice, inputBytes: number): number {
  return base + Math.ceil(perByte * inputBytes);
}

/** Refuses a malformed name or version, and a price that would be free or no number. */
export function checkOperation(operation: HostOperation, price: OperationPrice): void {
  const field = operationField(operation);
  if (!/^[a-z][a-z0-9_]{0,47}@[1-9][0-9]{0,8}$/.test(field))
    throw refuse(`${field} is no name@version`);
  const isPriced = Number.isSafeInteger(price.base) && price.base > 0 && price.perByte >= 0;
  if (!isPriced || !Number.isFinite(price.perByte)) throw refuse(`${field} has no price`);
}

function refuse(why: string): Error {
  return raise("argument.invalid", {
    op: "environment.operation",
    detail: { path: "/operations", rule: why },
    blame: "operator",
    message: `Cannot register the host operation: ${why}`,
  });
}
