import { join } from "node:path";
import { systemClock } from "@bedplate/clock";
import type { OpenedTarget } from "@bedplate/conformance";
import { describeConformance } from "@bedplate/conformance/vitest";
import { IngressProvider } from "@bedplate/ingress";
import { type IngressKit, ingressConformance } from "@bedplate/ingress/conformance";
import { silentLog } from "@bedplate/telemetry";
import { openScratchFolder } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { openNoIngress, provider } from "../src/index.ts";

const host = { clock: systemClock, log: silentLog, variables: {} };
const kitClock = { now: () => Date.now(), advance: async () => {} };

async function open(): Promise<OpenedTarget<IngressProvider, IngressKit>> {
  const driver = await openNoIngress({ limits: { routesMax: 64 } });
  const target = new IngressProvider(driver);
  const kit = {
    clock: kitClock,
    seed: "none",
    at: { host: "127.0.0.1", port: 9 },
    second: async () => new IngressProvider(driver),
  };
  return { target, kit, [Symbol.asyncDispose]: () => target.close() };
}

/** What is about the data plane: there is none. */
const undeclared = ingressConformance.filter(({ when }) => when !== undefined).map(({ id }) => id);

describeConformance({ name: "ingress-none", cases: ingressConformance, open, undeclared });

test("a scratch place is one place for all who open it", async () => {
  await using place = await provider.openScratch("none:", host);
  await using one = new IngressProvider(await place.open());
  await using two = new IngressProvider(await place.open());
  const backends = [{ id: "b", weight: 1, endpoints: [{ host: "127.0.0.1", port: 9 }] }];
  await one.apply({ name: "a", match: { host: "a.test" }, backends });
  await one.close();
  expect((await two.status("a"))?.spec.match).toEqual({ host: "a.test", pathPrefix: "/" });
});

test("with a journal the routes are there again", async () => {
  using folder = openScratchFolder();
  const url = `none:?journal=${encodeURIComponent(join(folder.path, "routes.jsonl"))}`;
  const backends = [{ id: "b", weight: 1, endpoints: [{ host: "127.0.0.1", port: 9 }] }];
  {
    await using first = new IngressProvider(await provider.open(url, host));
    await first.apply({ name: "a", match: { host: "a.test" }, backends });
    await first.apply({ name: "b", match: { host: "b.test" }, backends });
    await first.remove("a");
  }
  await using again = new IngressProvider(await provider.open(url, host));
  expect(await again.status("a")).toBeNull();
  expect((await again.status("b"))?.generation).toBe(2);
  expect((await again.apply({ name: "a", match: { host: "a.test" }, backends })).generation).toBe(
    4,
  );
});
