import { join } from "node:path";
import { systemClock } from "@bedplate/clock";
import { IngressProvider } from "@bedplate/ingress";
import { silentLog } from "@bedplate/telemetry";
import { openScratchFolder } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { openProxyIngress, provider } from "../src/index.ts";

const host = { clock: systemClock, log: silentLog, variables: {} };
const route = {
  name: "a",
  match: { host: "a.test" },
  backends: [{ id: "b", weight: 1, endpoints: [{ host: "127.0.0.1", port: 9 }] }],
};

test("a URL opens a proxy that keeps its routes in the journal", async () => {
  using folder = openScratchFolder();
  const journal = encodeURIComponent(join(folder.path, "routes.jsonl"));
  const url = `proxy://127.0.0.1:0?journal=${journal}&graceMs=0`;
  {
    await using first = new IngressProvider(await provider.open(url, host));
    expect(first.capabilities.durable).toBe(true);
    await first.apply(route);
  }
  await using again = new IngressProvider(await provider.open(url, host));
  expect(await again.status("a")).toMatchObject({ generation: 1, servedGeneration: 1 });
});

test("an unknown setting is refused", async () => {
  await expect(provider.open("proxy://127.0.0.1:0?grace=1", host)).rejects.toMatchObject({
    code: "argument.invalid",
  });
});

test("TLS needs a port and a folder of certificates that is there", async () => {
  using folder = openScratchFolder();
  const certificates = encodeURIComponent(folder.path);
  for (const settings of ["tlsPort=0", `certificates=${certificates}`]) {
    await expect(provider.open(`proxy://127.0.0.1:0?${settings}`, host)).rejects.toMatchObject({
      code: "argument.invalid",
    });
  }
  const nowhere = provider.open("proxy://127.0.0.1:0?tlsPort=0&certificates=/no/such", host);
  await expect(nowhere).rejects.toMatchObject({ code: "provider.unavailable" });
  const url = `proxy://127.0.0.1:0?tlsPort=0&certificates=${certificates}`;
  await using ingress = new IngressProvider(await provider.open(url, host));
  expect(ingress.capabilities.tls).toBe(true);
});

test("a port that is taken is a fault", async () => {
  await using first = await openProxyIngress();
  const taken = provider.open(`proxy://127.0.0.1:${first.origin.port}`, host);
  await expect(taken).rejects.toMatchObject({ code: "provider.unavailable" });
});

test("what is opened on a scratch place is one proxy, which lives as long as the place", async () => {
  await using place = await provider.openScratch("proxy://127.0.0.1:8080", host);
  await using one = new IngressProvider(await place.open());
  await using two = new IngressProvider(await place.open());
  const { generation } = await one.apply(route);
  await one.close();
  await two.served("a", generation);
});
