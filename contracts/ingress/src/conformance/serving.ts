import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { expectFault } from "@bedplate/conformance";
import type { IngressProvider } from "../ingress-provider.ts";
import { openBackend, type TestBackend } from "./backend.ts";
import { ask, hammer, idHeader, pause, until } from "./client.ts";
import {
  backendOf,
  type CrashedIngress,
  host,
  type IngressCase,
  idleRoute,
  routeTo,
  serve,
  serves,
} from "./ingress-case.ts";

/** That what is wanted is served, and that a change costs no request. */
export const servingCases: readonly IngressCase[] = [
  {
    id: "IG01",
    law: "a route that is served brings requests to its backend",
    when: serves,
    async run(ingress, { at }) {
      await using backend = await openBackend("one");
      const status = await serve(ingress, routeTo([backend]));
      strictEqual(status.servedGeneration, status.generation);
      deepStrictEqual(status.backends, { one: "healthy" });
      const { status: code, body } = await ask(at, { path: "/a?b=%20c&d" });
      deepStrictEqual([code, body.toString()], [200, "one"]);
      deepStrictEqual(backend.seen.at(-1)?.url, "/a?b=%20c&d");
      strictEqual(backend.seen.at(-1)?.headers.host, host);
    },
  },
  {
    id: "IG04",
    law: "a removed route answers 404, and the host's other routes go on",
    when: serves,
    async run(ingress, { at }) {
      await using backend = await openBackend("one");
      await serve(ingress, routeTo([backend]));
      await serve(ingress, routeTo([backend], { name: "sub", match: { pathPrefix: "/sub" } }));
      strictEqual((await ask(at)).status, 200);
      await ingress.remove("app");
      await until("the removed route is gone", async () => (await ask(at)).status === 404);
      strictEqual((await ask(at)).fault, "no-route");
      strictEqual((await ask(at, { path: "/sub" })).status, 200);
    },
  },
  {
    id: "IG08",
    law: "served does not resolve while any replica answers with an older generation",
    when: serves,
    controls: ["laggard"],
    async run(ingress, { laggard }) {
      const first = await serve(ingress, idleRoute("a"));
      await laggard?.hold();
      const { generation } = await ingress.apply(idleRoute("a", { timeoutMs: 7 }));
      const late = ingress.served("a", generation, { timeoutMs: 300 });
      await expectFault("deadline.exceeded", late);
      strictEqual((await ingress.status("a"))?.servedGeneration, first.generation);
      await ingress.apply(idleRoute("b"));
      const never = ingress.served("b", 1, { timeoutMs: 300 });
      await expectFault("deadline.exceeded", never);
      await laggard?.release();
      await ingress.served("a", generation);
      await ingress.served("b", 1);
    },
  },
  {
    id: "IG09",
    law: "the deadline of served ends the wait and nothing else",
    when: serves,
    async run(ingress) {
      const { generation } = await ingress.apply(idleRoute("a"));
      const far = ingress.served("a", generation + 1, { timeoutMs: 50 });
      const { fault } = await expectFault("deadline.exceeded", far);
      strictEqual(fault.effect, "none");
      await ingress.served("a", generation);
      await expectFault("resource.missing", ingress.served("never", 1));
      const signal = AbortSignal.timeout(50);
      const aborted = ingress.served("a", generation + 1, { signal });
      strictEqual(await aborted.catch((error: unknown) => error), signal.reason);
    },
  },
  {
    id: "IG10",
    law: "every change is served within the declared time",
    when: serves,
    async run(ingress) {
      const { convergeMs: timeoutMs } = ingress.capabilities;
      for (let i = 0; i < 100; i++) {
        const route = idleRoute(`r${i % 7}`, { timeoutMs: 1_000 + i });
        const { generation } = await ingress.apply(route);
        await ingress.served(route.name, generation, { timeoutMs });
      }
    },
  },
  {
    id: "IG11",
    law: "a backend is swapped under load without a failed or repeated request",
    when: serves,
    async run(ingress, { at }) {
      await using blue = await openBackend("blue");
      await using green = await openBackend("green");
      await serve(ingress, routeTo([blue]));
      await using load = hammer(at);
      for (let i = 0; i < 10; i++) {
        await serve(ingress, routeTo([i % 2 === 0 ? green : blue]));
        await pause(40);
      }
      expectOnce(await load.stop(), [blue, green]);
      ok(blue.seen.length > 0 && green.seen.length > 0);
    },
  },
  {
    id: "IG12",
    law: "weights change under load without a failed or repeated request",
    when: serves,
    async run(ingress, { at }) {
      await using blue = await openBackend("blue");
      await using green = await openBackend("green");
      const weights = (a: number) => [backendOf(blue, a), backendOf(green, 10 - a)];
      await serve(ingress, routeTo([], { backends: weights(10) }));
      await using load = hammer(at);
      for (const weight of [9, 5, 1, 0, 3, 10, 5]) {
        await serve(ingress, routeTo([], { backends: weights(weight) }));
        await pause(40);
      }
      expectOnce(await load.stop(), [blue, green]);
      ok(blue.seen.length > 0 && green.seen.length > 0);
    },
  },
  {
    id: "IG13",
    law: "routes outlive a restart under load; what is in flight ends well or breaks off",
    when: (ingress) => serves(ingress) && ingress.capabilities.durable,
    controls: ["reopen"],
    async run(ingress, { at, reopen }) {
      await using backend = await openBackend("one");
      const { generation } = await serve(ingress, routeTo([backend]));
      await ingress.apply(idleRoute("gone"));
      await ingress.remove("gone");
      await using load = hammer(at);
      await pause(100);
      const again = await reopen?.();
      const status = await again?.served("app", generation);
      strictEqual(status?.generation, generation);
      await pause(100);
      const results = [...(await load.stop()).values()];
      const strange = results.filter((each) => typeof each === "number" && each !== 200);
      deepStrictEqual(strange, []);
      strictEqual((await ask(at)).status, 200);
      strictEqual(await again?.status("gone"), null);
      const later = await again?.apply(idleRoute("gone"));
      ok((later?.generation ?? 0) > generation + 1);
    },
  },
  {
    id: "IG14",
    law: "a backend that is named before it can be reached costs no request",
    when: serves,
    async run(ingress, { at }) {
      await using old = await openBackend("old");
      await using fresh = await openBackend("fresh");
      await fresh.stop();
      await serve(ingress, routeTo([old]));
      await using load = hammer(at);
      await serve(ingress, routeTo([old, fresh]));
      await pause(100);
      await fresh.start();
      await until("the new backend gets requests", () => fresh.seen.length > 0);
      expectOnce(await load.stop(), [old, fresh]);
    },
  },
  {
    id: "IG57",
    law: "an acknowledged route survives kill -9 of the process, and is served again",
    when: (ingress) => serves(ingress) && ingress.capabilities.durable,
    controls: ["crash"],
    async run(_ingress, { crash }) {
      const crashed = (await crash?.(25)) as CrashedIngress;
      ok(crashed.reports.length >= 25);
      for (const report of crashed.reports) {
        const [name = "", generation = ""] = report.split(" ");
        await crashed.ingress.served(name, Number(generation));
      }
    },
  },
  {
    id: "IG58",
    law: "killed processes of the data plane come back with every route",
    when: serves,
    controls: ["killEngine"],
    async run(ingress, { at, killEngine }) {
      await using backend = await openBackend("one");
      const { generation } = await serve(ingress, routeTo([backend]));
      for (let round = 0; round < 2; round++) {
        await killEngine?.();
        await ingress.served("app", generation);
        strictEqual((await ask(at)).status, 200);
        const more = await ingress.apply(idleRoute(`r${round}`));
        await ingress.served(`r${round}`, more.generation);
      }
    },
  },
  {
    id: "IG59",
    law: "a client that does not know the secret cannot probe",
    when: serves,
    async run(ingress, { at }) {
      await using backend = await openBackend("one");
      await serve(ingress, routeTo([backend]));
      for (const guess of ["", "1", "0".repeat(64)]) {
        const { headers, body } = await ask(at, { headers: { "x-bedplate-probe": guess } });
        deepStrictEqual([body.toString(), headers["x-bedplate-generation"]], ["one", undefined]);
      }
      strictEqual(backend.seen.at(-1)?.headers["x-bedplate-probe"], undefined);
    },
  },
  {
    id: "IG60",
    law: "among many routes a new one is served as soon as among few",
    when: serves,
    async run(ingress, { at }) {
      await using backend = await openBackend("one");
      const many = Math.min(ingress.limits.routesMax - 1, 2_000);
      for (let i = 0; i < many; i += 50) {
        const batch = Array.from({ length: Math.min(50, many - i) }, (_, j) => `r${i + j}`);
        await Promise.all(batch.map((name) => ingress.apply(idleRoute(name))));
      }
      const { generation } = await ingress.apply(routeTo([backend]));
      await ingress.served("app", generation, { timeoutMs: ingress.capabilities.convergeMs });
      strictEqual((await ask(at)).body.toString(), "one");
      const last = await ingress.status(`r${many - 1}`);
      strictEqual(last?.servedGeneration, last?.generation);
    },
  },
];

/** Applies routes until the process is killed; reports name and generation once acknowledged. */
export async function applyUntilKilled(
  ingress: IngressProvider,
  report: (line: string) => void,
): Promise<never> {
  for (let i = 0; ; i++) {
    const { spec, generation } = await ingress.apply(idleRoute(`r${i}`));
    report(`${spec.name} ${generation}`);
  }
}

/** Every request was answered well, and reached exactly one backend once. */
function expectOnce(
  results: ReadonlyMap<string, number | string>,
  backends: readonly TestBackend[],
): void {
  const bad = [...results].filter(([, result]) => result !== 200);
  deepStrictEqual(bad, []);
  const ids = backends.flatMap(({ seen }) =>
    seen.flatMap(({ headers }) => headers[idHeader] ?? []),
  );
  deepStrictEqual(ids.length, new Set(ids).size, "a request was sent twice");
  deepStrictEqual(new Set(ids), new Set(results.keys()));
}
