import {
  checkOperation,
  type HostOperation,
  type OperationPrice,
  operationField,
  operationFuel,
  operationPermission,
} from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import type { Address } from "../engine.ts";

/** A host operation that contracts call like a precompile. */
export interface ExtensionPrecompile {
  readonly operation: HostOperation;
  /** Outside the first 2¹⁶, which belong to the protocol. Its account is cold at first, as others are. */
  readonly address: Address;
  /** In gas. */
  readonly price: OperationPrice;
}

/** Most extensions of one engine. */
export const extensionsMax = 64;

/** Those of the offered extensions whose permission the host has granted; checks all of them. */
export function grantedExtensions(
  offered: readonly ExtensionPrecompile[],
  granted: ReadonlySet<string>,
): readonly ExtensionPrecompile[] {
  checkExtensions(offered);
  return offered.filter(({ operation }) => granted.has(operationPermission(operation)));
}

/** What a manifest's profile and build say of an extension: `ml_dsa_65@1:<address>:<base>+<per byte>`. */
export function extensionField({ operation, address, price }: ExtensionPrecompile): string {
  return `${operationField(operation)}:${hexOf(address)}:${price.base}+${price.perByte}`;
}

/** Gas of a call with that input. */
export function extensionGas({ price }: ExtensionPrecompile, input: Uint8Array): bigint {
  return BigInt(operationFuel(price, input.length));
}

/** The output, or `undefined` where the call fails; what the operation throws is the host's fault. */
export function runExtension(
  { operation }: ExtensionPrecompile,
  input: Uint8Array,
): Uint8Array | undefined {
  try {
    return operation.run(input);
  } catch (cause) {
    throw raise("internal.bug", {
      op: "instance.invoke",
      detail: { where: `host-operation:${operationField(operation)}` },
      effect: "none",
      message: `Cannot finish the execution: the host operation ${operationField(operation)} threw`,
      cause,
    });
  }
}

/** Refuses malformed operations and addresses, and two at one address. */
export function checkExtensions(offered: readonly ExtensionPrecompile[]): void {
  if (offered.length > extensionsMax) throw refuse(`there are more than ${extensionsMax}`);
  for (const { operation, address, price } of offered) {
    checkOperation(operation, price);
    if (address.length !== 20) throw refuse(`${operationField(operation)} has no address`);
    if (address.subarray(0, 18).every((each) => each === 0)) {
      throw refuse(`${operationField(operation)} is at an address of the protocol`);
    }
  }
  const addresses = offered.map(({ address }) => hexOf(address));
  const twice = addresses.find((each, at) => addresses.indexOf(each) !== at);
  if (twice !== undefined) throw refuse(`two are at 0x${twice}`);
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function refuse(why: string): Error {
  return raise("argument.invalid", {
    op: "evm.extensions",
    detail: { path: "/extensions", rule: why },
    blame: "operator",
    message: `Cannot register the precompiles: ${why}`,
  });
}
