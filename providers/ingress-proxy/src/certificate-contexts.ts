import { constants } from "node:crypto";
import { createSecureContext, type SecureContext } from "node:tls";
import { type CertificatePem, type HostTls, TlsHosts } from "@bedplate/ingress";

/** Which certificate each host has, ready for handshakes. */
export class CertificateContexts {
  readonly hosts: TlsHosts = new TlsHosts();
  readonly #contexts = new Map<string, SecureContext>();

  /** Takes a certificate in the place of the one of this name; throws, and keeps that, when it cannot be used. */
  take({ name, chain, key }: CertificatePem): void {
    try {
      const secureOptions = constants.SSL_OP_NO_RENEGOTIATION;
      this.#contexts.set(name, createSecureContext({ cert: chain, key, secureOptions }));
    } catch (cause) {
      throw new Error("no handshake can use it", { cause });
    }
  }

  has(name: string): boolean {
    return this.#contexts.has(name);
  }

  /** What a client gets that names this host; null when it gets nothing. */
  contextOf(serverName: string): SecureContext | null {
    const tls = this.hosts.find(serverName);
    return (tls && this.#contexts.get(tls.certificate)) ?? null;
  }
}

/** Whether a client speaks the version that a host wants, or a later one. */
export function isVersionEnough(protocol: string | null, { versionMin }: HostTls): boolean {
  return protocol === "TLSv1.3" || (protocol === "TLSv1.2" && versionMin === "1.2");
}
