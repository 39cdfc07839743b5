import { createPrivateKey, X509Certificate } from "node:crypto";

/** A certificate with its private key, as PEM texts that fit each other. */
export interface CertificatePem {
  /** What routes call it. */
  readonly name: string;
  /** The certificate, and those that vouch for it, in this order. */
  readonly chain: string;
  readonly key: string;
}

/** A file that is longer is refused: it must fit into one command of an engine. */
export const certificateBytesMax: number = 24 * 1024;

const certificatePattern = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const keyPattern = /-----BEGIN ([A-Z ]*)PRIVATE KEY-----[^-]+-----END \1PRIVATE KEY-----/g;

/**
 * Reads a chain and its key out of one text. Throws an `Error` that says what is wrong, and nothing
 * of what was read.
 */
export function readCertificate(name: string, text: string): CertificatePem {
  const chain = text.match(certificatePattern) ?? [];
  const keys = text.match(keyPattern) ?? [];
  const [leaf] = chain;
  const [key] = keys;
  if (leaf === undefined) throw new Error("it has no certificate");
  if (key === undefined || keys.length > 1) throw new Error("it must have one private key");
  const isPair = fits(leaf, key);
  if (isPair === null) throw new Error("its certificate or its key cannot be read");
  if (!isPair) throw new Error("its key is not that of its first certificate");
  return { name, chain: joined(chain), key: joined([key]) };
}

/** Null for what cannot be read: parsers quote it, so their words go no further. */
function fits(leaf: string, key: string): boolean | null {
  try {
    return new X509Certificate(leaf).checkPrivateKey(createPrivateKey(key));
  } catch {
    return null;
  }
}

/** Engines end a text at the first empty line. */
function joined(blocks: readonly string[]): string {
  return blocks.map((each) => `${each.replaceAll(/\s*\n\s*/g, "\n")}\n`).join("");
}
