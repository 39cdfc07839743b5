import { isFault } from "@bedplate/errors";
import { bytesOfHex } from "../transition/bytes.ts";
import { batchEntries } from "./block-batch.ts";
import { type Chain, readChain } from "./chain.ts";

/** What an artifact is to this environment. */
export type EvmArtifact =
  | { readonly kind: "code"; readonly code: Uint8Array }
  | { readonly kind: "chain"; readonly chain: Chain }
  | { readonly kind: "refused"; readonly reason: string };

/** Longest code, in bytes: what a creation may bring (EIP-3860). */
export const codeBytesMax = 49_152;

/** Longest artifact: code in hexadecimal digits, with line breaks. */
const artifactBytesMax = 4 * codeBytesMax;

/**
 * Reads an artifact. Printable characters alone that begin with `{` are a chain as a JSON object; those that
 * begin with `0x`, or are hexadecimal digits throughout, are code in such digits. Everything else is code as
 * it is.
 */
export function readArtifact(bytes: Uint8Array): EvmArtifact {
  if (bytes.length > artifactBytesMax) return refused(`it has more than ${artifactBytesMax} bytes`);
  if (!bytes.every(isPrintable)) return codeOf(bytes);
  const text = Buffer.from(bytes).toString("latin1").trim();
  if (text.startsWith("{")) return chainOf(text);
  return text.startsWith("0x") || /^[0-9a-fA-F\s]*$/.test(text) ? hexOf(text) : codeOf(bytes);
}

/** Names by which a run can begin. */
export function entriesOf(artifact: Exclude<EvmArtifact, { kind: "refused" }>): readonly string[] {
  if (artifact.kind === "code") return ["main", "call", "create"];
  const batch = [batchEntries.opens, batchEntries.closes];
  const unsigned = artifact.chain.unsigned ? ["transact-unsigned"] : [];
  return ["transact", ...unsigned, ...batch];
}

function chainOf(text: string): EvmArtifact {
  try {
    return { kind: "chain", chain: readChain(text) };
  } catch (error) {
    if (!isFault(error)) throw error;
    return refused(error.message);
  }
}

function hexOf(text: string): EvmArtifact {
  const digits = text.replace(/^0x/, "").replaceAll(/\s/g, "");
  if (!/^[0-9a-fA-F]*$/.test(digits))
    return refused("it begins with 0x and goes on with something else than hexadecimal digits");
  if (digits.length % 2 !== 0) return refused("it has an odd number of hexadecimal digits");
  return codeOf(bytesOfHex(digits));
}

function codeOf(code: Uint8Array): EvmArtifact {
  if (code.length === 0) return refused("it has no code");
  if (code.length > codeBytesMax) return refused(`its code has more than ${codeBytesMax} bytes`);
  return { kind: "code", code };
}

function isPrintable(byte: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || byte === 9 || byte === 10 || byte === 13;
}

function refused(reason: string): EvmArtifact {
  return { kind: "refused", reason: reason.slice(0, reasonCharactersMax) };
}

const reasonCharactersMax = 500;
