import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { request } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { IngressProvider } from "@bedplate/ingress";
import { openProxyIngress } from "@bedplate/ingress-proxy";
import { makeCertificate, openScratchFolder } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { routeReplicas } from "../src/replicas/replica-route.ts";

const host = "bedplate.test";

test("with a certificate the domain is served over TLS alone", async () => {
  using folder = openScratchFolder();
  const { certificate, privateKey } = makeCertificate([host, `*.${host}`]);
  writeFileSync(join(folder.path, "wildcard.pem"), `${certificate}${privateKey}`);
  const proxy = await openProxyIngress({ tls: { certificates: folder.path }, graceMs: 0 });
  await using ingress = new IngressProvider(proxy);
  const server = createServer((_, response) => response.end("the API"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const replicas = [{ id: "a", url, until: 0 }];

  await expect(
    routeReplicas(ingress, { host, certificate: "none" })?.(replicas),
  ).rejects.toMatchObject({ code: "argument.invalid" });
  await routeReplicas(ingress, { host, certificate: "wildcard" })?.(replicas);
  await ingress.served("bedplate-api", 1);
  expect(await askTls(proxy.tlsPort ?? 0, certificate)).toBe("the API");
  server.close();
  server.closeAllConnections();
});

function askTls(port: number, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asking = request({ host: "127.0.0.1", port, servername: host, ca, headers: { host } });
    asking.once("error", reject);
    asking.once("response", (answer) => resolve(text(answer)));
    asking.end();
  });
}
