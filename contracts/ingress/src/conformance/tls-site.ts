import { randomUUID, X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";
import { connect } from "node:tls";
import { makeCertificate } from "@bedplate/conformance/certificates";
import type { Endpoint, RouteTls } from "../route-spec.ts";
import { type Trust, tlsOf } from "./client.ts";
import type { CertificateControl, IngressKit } from "./ingress-case.ts";

/** Names that every certificate of the cases is good for, so that the route alone decides. */
const names = ["app.example.test", "*.example.test", "*.w.example.test"];

/** A certificate under a name, and how clients see it. */
export interface SiteCertificate {
  readonly name: string;
  readonly pem: string;
  readonly fingerprint: string;
  readonly trust: Trust;
}

/** Makes a certificate for every host of the cases. */
export function newCertificate(name: string): SiteCertificate {
  // The first name is the subject's: clients that trust several tell them apart by it.
  const subject = `${randomUUID()}.example.test`;
  const { certificate, privateKey } = makeCertificate([subject, ...names]);
  const { fingerprint256: fingerprint } = new X509Certificate(certificate);
  const pem = `${certificate}${privateKey}`;
  return { name, pem, fingerprint, trust: { ca: [certificate] } };
}

/** Makes one, and puts it in place. */
export async function placeCertificate(
  { certificates }: IngressKit,
  name: string,
): Promise<SiteCertificate> {
  const made = newCertificate(name);
  await controlOf(certificates).put(name, made.pem);
  return made;
}

/** Where clients reach TLS; the case's `controls` say that it is there. */
export function controlOf(certificates: CertificateControl | undefined): CertificateControl {
  if (certificates === undefined) throw new Error("The harness has no certificates");
  return certificates;
}

/** What a route says that is served with a certificate. */
export function tlsWith(
  { name }: SiteCertificate,
  versionMin: RouteTls["versionMin"] = "1.2",
): RouteTls {
  return { certificate: name, versionMin };
}

/** The fingerprint of the certificate that a host shows; throws when there is no handshake. */
export async function shownTo(at: Endpoint, host: string): Promise<string> {
  const socket = await dialTls(at, host, { ca: [] });
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

/** A TLS connection, opened; without certificates to trust it takes any. */
export function dialTls(at: Endpoint, host: string, trust: Trust): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const rejectUnauthorized = trust.ca.length > 0;
    const options = { ...at, ...tlsOf(host, trust), rejectUnauthorized };
    const socket = connect(options, () => resolve(socket));
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("Closed before the handshake was done")));
  });
}
