import type { AddressInfo, Server, Socket } from "node:net";
import { connect, createSecureContext, createServer, type TLSSocket } from "node:tls";
import { overriding } from "@bedplate/conformance";
import { TlsHosts } from "../../matching/tls-hosts.ts";
import type { CertificateControl } from "../ingress-case.ts";
import type { IngressMutant } from "./ingress-mutant.ts";

/** What a relay that ends TLS itself gets wrong. */
export interface TlsRelayFaults {
  /** Names the request's host to the data plane, whatever the client named at the handshake. */
  readonly namesRequestHost?: boolean | undefined;
  /** Changes what clients send. */
  readonly toServer?: ((chunk: string) => string) | undefined;
}

/** A mutant whose clients meet a relay that has the certificates, and does one thing wrong behind them. */
export function tlsFrontMutant(
  name: string,
  kills: readonly string[],
  faults: TlsRelayFaults,
): IngressMutant {
  const hosts = new TlsHosts();
  const pems = new Map<string, string>();
  let age = 0;
  return {
    name,
    kills,
    breakDriver: (driver) =>
      overriding(driver, {
        async apply(spec, condition) {
          const answer = await driver.apply(spec, condition);
          if (answer.kind === "applied") hosts.add({ spec, age: age++ });
          return answer;
        },
      }),
    async breakCertificates(control) {
      const pemOf = (host: string) => pems.get(hosts.find(host)?.certificate ?? "");
      const relay = await openTlsRelay(control.at, { ...faults, pemOf });
      return {
        at: relay.at,
        async put(certificate, pem) {
          pems.set(certificate, pem);
          await control.put(certificate, pem);
        },
        [Symbol.asyncDispose]: relay[Symbol.asyncDispose],
      };
    },
  };
}

interface TlsRelayOptions extends TlsRelayFaults {
  readonly pemOf: (host: string) => string | undefined;
}

async function openTlsRelay(to: CertificateControl["at"], options: TlsRelayOptions) {
  const open = new Set<Socket>();
  const keep = <S extends Socket>(socket: S): S => {
    open.add(socket.on("error", () => socket.destroy()));
    return socket;
  };
  const server: Server = createServer({
    SNICallback: (name, callback) => {
      const pem = options.pemOf(name);
      if (pem === undefined) callback(new Error("no such host"));
      else callback(null, createSecureContext({ cert: pem, key: pem }));
    },
  });
  server.on("secureConnection", (client: TLSSocket) => {
    keep(client).once("data", (first) => {
      const chunk = first.toString("latin1");
      const host = /^host: ([^\r:]*)/im.exec(chunk)?.[1] ?? "";
      const servername = options.namesRequestHost ? host : String(client.servername);
      const behind = keep(connect({ ...to, servername, rejectUnauthorized: false }));
      behind.write(options.toServer?.(chunk) ?? chunk, "latin1");
      client.pipe(behind).pipe(client);
    });
  });
  server.on("tlsClientError", (_, socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const at = { host: "127.0.0.1", port: (server.address() as AddressInfo).port };
  const dispose = async () => {
    server.close();
    for (const socket of open) socket.destroy();
  };
  return { at, [Symbol.asyncDispose]: dispose };
}
