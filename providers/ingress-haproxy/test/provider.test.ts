import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { systemClock } from "@bedplate/clock";
import { IngressProvider } from "@bedplate/ingress";
import { silentLog } from "@bedplate/telemetry";
import { findFreePort, findProgram, openScratchFolder } from "@bedplate/testkit";
import { describeWithEngines } from "@bedplate/testkit/vitest";
import { expect, test } from "vitest";
import { openHaproxyIngress, provider } from "../src/index.ts";

const host = { clock: systemClock, log: silentLog, variables: {} };
const program = findProgram("haproxy") ?? "haproxy";
const at = { host: "127.0.0.1", port: 9 };

const route = (name: string, endpoints = [at]) => ({
  name,
  match: { host: `${name}.test` },
  backends: [{ id: "b", weight: 1, endpoints }],
});

test("a program that is not there is a fault that names it", async () => {
  using folder = openScratchFolder();
  const opened = openHaproxyIngress({ folder: folder.path, port: 1, program: "no-such-haproxy" });
  await expect(opened).rejects.toMatchObject({
    code: "provider.unavailable",
    message: expect.stringContaining("no-such-haproxy"),
  });
});

test("a folder that would break a configuration is refused", async () => {
  const opened = openHaproxyIngress({ folder: "/tmp/a b", port: 1 });
  await expect(opened).rejects.toMatchObject({ code: "argument.invalid" });
});

test("TLS needs a port and a folder of certificates", async () => {
  for (const settings of ["tlsPort=8443", "certificates=/no/such"]) {
    await expect(provider.open(`haproxy://127.0.0.1?${settings}`, host)).rejects.toMatchObject({
      code: "argument.invalid",
    });
  }
});

describeWithEngines("HAProxy with routes", ["haproxy"], () => {
  test("a scratch place is one engine for all who open it, and leaves nothing", async () => {
    const url = `haproxy://127.0.0.1?program=${encodeURIComponent(program)}&graceMs=0`;
    const before = running();
    {
      await using place = await provider.openScratch(url, host);
      await using one = new IngressProvider(await place.open());
      await using two = new IngressProvider(await place.open());
      const { generation } = await one.apply(route("a"));
      await one.close();
      await two.served("a", generation);
    }
    expect(running()).toEqual(before);
  });

  test("pools and their slots have exact limits, and come back", async () => {
    await using place = await openEngine({ pools: 2 });
    const { ingress } = place;
    const many = (count: number) =>
      Array.from({ length: count }, (_, i) => ({ ...at, port: 10 + i }));
    await ingress.apply(route("a", many(16)));
    await expect(ingress.apply(route("b", many(17)))).rejects.toMatchObject({
      code: "argument.invalid",
    });
    await ingress.apply(route("b", many(2)));
    await expect(ingress.apply(route("c", many(2)))).rejects.toMatchObject({
      code: "quota.exceeded",
    });
    expect(await ingress.status("c")).toBeNull();
    await ingress.remove("b");
    const { generation } = await ingress.apply(route("c", many(2)));
    await ingress.served("c", generation);
  });

  test("every endpoint of a full pool can change at once", async () => {
    await using place = await openEngine({});
    const { ingress } = place;
    for (let round = 0; round < 3; round++) {
      const endpoints = Array.from({ length: 16 }, (_, i) => ({
        ...at,
        port: 10 + round * 16 + i,
      }));
      const { generation } = await ingress.apply(route("a", endpoints));
      await ingress.served("a", generation);
    }
  });

  test("a name of an endpoint is resolved, or refused", async () => {
    await using place = await openEngine({});
    const { ingress } = place;
    const server = createServer((_, response) => response.end("here"));
    await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
    const { port } = server.address() as AddressInfo;
    const { generation } = await ingress.apply(route("a", [{ host: "localhost", port }]));
    const { spec } = await ingress.served("a", generation);
    expect(spec.backends[0]?.endpoints[0]?.host).not.toBe("localhost");
    server.close();
    const nowhere = ingress.apply(route("b", [{ host: "nowhere.invalid", port }]));
    await expect(nowhere).rejects.toMatchObject({ code: "argument.invalid" });
  });

  test("the files of the engine are for its user alone", async () => {
    await using place = await openEngine({});
    expect(existsSync(join(place.folder, "routes.map"))).toBe(true);
    const modes = execFileSync("stat", [
      "-c",
      "%a",
      place.folder,
      join(place.folder, "haproxy.cfg"),
    ]);
    expect(modes.toString().trim().split("\n")).toEqual(["700", "600"]);
  });
});

async function openEngine(options: { readonly pools?: number }) {
  const held = new AsyncDisposableStack();
  const folder = join(held.use(openScratchFolder("bedplate-haproxy")).path, "engine");
  const port = await findFreePort();
  const driver = await openHaproxyIngress({ folder, port, program, graceMs: 0, ...options });
  const ingress = held.use(new IngressProvider(driver));
  return { ingress, folder, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

/** Engines of scratch places that are running. */
function running(): readonly string[] {
  const lines = execFileSync("ps", ["-eo", "pid=,args="], { encoding: "utf8" }).split("\n");
  // Those of tests that run beside this one have their files one folder deeper.
  return lines.filter((line) => /bedplate-haproxy-[^/]+\/haproxy\.cfg/.test(line));
}
