import { createPrivateKey, X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { makeCertificate } from "../src/certificates/index.ts";

test("a certificate names its hosts, signs itself and fits its key", () => {
  const made = makeCertificate(["db.test", "127.0.0.1"]);
  const certificate = new X509Certificate(made.certificate);
  expect(certificate.subjectAltName).toBe("DNS:db.test, IP Address:127.0.0.1");
  expect(certificate.checkHost("db.test")).toBe("db.test");
  expect(certificate.checkHost("other.test")).toBeUndefined();
  expect(certificate.checkIP("127.0.0.1")).toBe("127.0.0.1");
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(certificate.checkPrivateKey(createPrivateKey(made.privateKey))).toBe(true);
  expect(Date.parse(certificate.validFrom)).toBeLessThan(Date.now());
  expect(Date.parse(certificate.validTo)).toBeGreaterThan(Date.now());
});
