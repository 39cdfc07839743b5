import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { isIPv4 } from "node:net";
import { der, derBits, derObjectId, derText, derTime } from "./der.ts";

/** A certificate that signs itself, so that it is its own authority, as PEM texts. */
export interface Certificate {
  readonly certificate: string;
  readonly privateKey: string;
}

const dayMs = 86_400_000;
const signatureAlgorithm = der(0x30, derObjectId("1.2.840.10045.4.3.2")); // ECDSA with SHA-256

/** Makes a certificate for names and IPv4 addresses, good for a day. */
export function makeCertificate(
  hosts: readonly string[] = ["localhost", "127.0.0.1"],
): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const name = distinguishedName(hosts[0] ?? "localhost");
  const content = der(
    0x30,
    der(0xa0, der(0x02, Buffer.from([2]))), // version 3
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])), // serial number
    signatureAlgorithm,
    name,
    der(0x30, derTime(Date.now() - dayMs), derTime(Date.now() + dayMs)),
    name,
    publicKey.export({ format: "der", type: "spki" }),
    der(0xa3, der(0x30, alternativeNames(hosts), isAuthority)),
  );
  const signature = sign("sha256", content, privateKey);
  return {
    certificate: toPem("CERTIFICATE", der(0x30, content, signatureAlgorithm, derBits(signature))),
    privateKey: privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
  };
}

const isAuthority = extension("2.5.29.19", der(0x30, der(0x01, Buffer.from([0xff]))));

function alternativeNames(hosts: readonly string[]): Buffer {
  const names = hosts.map((host) =>
    isIPv4(host)
      ? der(0x87, Buffer.from(host.split(".").map(Number)))
      : der(0x82, Buffer.from(host, "ascii")),
  );
  return extension("2.5.29.17", der(0x30, ...names));
}

function extension(id: string, value: Buffer): Buffer {
  return der(0x30, derObjectId(id), der(0x04, value));
}

function distinguishedName(commonName: string): Buffer {
  return der(0x30, der(0x31, der(0x30, derObjectId("2.5.4.3"), derText(commonName))));
}

function toPem(label: string, bytes: Buffer): string {
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
