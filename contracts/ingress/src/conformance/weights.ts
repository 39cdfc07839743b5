import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Agent } from "node:http";
import type { Endpoint } from "../route-spec.ts";
import { deadEndpoint, openBackend, openRawBackend } from "./backend.ts";
import { ask, until } from "./client.ts";
import { backendOf, type IngressCase, routeTo, serve, serves } from "./ingress-case.ts";

/** How requests are spread, and what happens to backends that do not answer. */
export const weightCases: readonly IngressCase[] = [
  {
    id: "IG15",
    law: "each backend's share of requests is its share of the weights",
    when: serves,
    async run(ingress, { at }) {
      await using one = await openBackend("one");
      await using two = await openBackend("two");
      await using three = await openBackend("three");
      const backends = [backendOf(one, 50), backendOf(two, 1), backendOf(three, 0)];
      await serve(ingress, routeTo([], { backends: [backendOf(one), backendOf(two)] }));
      await until("both answer", async () => {
        await ask(at);
        return one.seen.length > 0 && two.seen.length > 0;
      });
      const { weightTolerance } = ingress.capabilities;
      for (const weights of [
        [50, 1, 0],
        [1, 3, 0],
        [100, 100, 100],
      ]) {
        const spread = backends.map((each, i) => ({ ...each, weight: weights[i] ?? 0 }));
        await serve(ingress, routeTo([], { backends: spread }));
        await until("new backends are known", async () => {
          await ask(at);
          return weights[2] === 0 || three.seen.length > 0;
        });
        const sum = weights.reduce((a, b) => a + b);
        const asked = Math.ceil(400 / sum) * sum;
        const counts = await countNames(at, asked);
        for (const [i, { id, weight }] of spread.entries()) {
          const share = (counts.get(id) ?? 0) / asked;
          ok(Math.abs(share - weight / sum) <= weightTolerance, `${id}: ${share} ${i}`);
          if (weight === 0) strictEqual(counts.get(id), undefined);
        }
      }
    },
  },
  {
    id: "IG64",
    law: "a backend's requests are spread over all its endpoints",
    when: serves,
    async run(ingress, { at }) {
      await using one = await openBackend("one");
      await using two = await openBackend("two");
      const backends = [{ id: "b", weight: 1, endpoints: [one.at, two.at] }];
      await serve(ingress, routeTo([], { backends }));
      await until("both answer", async () => {
        await ask(at);
        return one.seen.length > 0 && two.seen.length > 0;
      });
      const counts = await countNames(at, 100);
      ok((counts.get("one") ?? 0) >= 40 && (counts.get("two") ?? 0) >= 40);
    },
  },
  {
    id: "IG16",
    law: "a route whose weights are all zero answers 503",
    when: serves,
    async run(ingress, { at }) {
      await using one = await openBackend("one");
      await using two = await openBackend("two");
      const backends = [backendOf(one, 0), backendOf(two, 0)];
      await serve(ingress, routeTo([], { backends }));
      const { status, fault, headers } = await ask(at);
      deepStrictEqual([status, fault], [503, "no-backend"]);
      ok(headers["retry-after"] !== undefined);
      deepStrictEqual([...one.seen, ...two.seen], []);
    },
  },
  {
    id: "IG17",
    law: "traffic leaves a backend that stopped, and comes back with it",
    when: serves,
    async run(ingress, { at }) {
      await using one = await openBackend("one");
      await using two = await openBackend("two");
      await serve(ingress, routeTo([one, two]));
      await until("both answer", async () => {
        await ask(at);
        return one.seen.length > 0 && two.seen.length > 0;
      });
      await two.stop();
      await until("no request fails", async () => {
        const counts = await countNames(at, 20);
        return counts.get("one") === 20;
      });
      strictEqual((await ingress.status("app"))?.backends["two"], "unhealthy");
      await two.start();
      await until("it gets requests again", async () => (await countNames(at, 4)).has("two"));
      strictEqual((await ingress.status("app"))?.backends["two"], "healthy");
    },
  },
  {
    id: "IG18",
    law: "no route, no healthy backend and a backend that hangs are told apart",
    when: serves,
    async run(ingress, { at }) {
      await using hanging = await openRawBackend("hangs", () => {});
      const dead = { id: "dead", at: await deadEndpoint() };
      await serve(ingress, routeTo([dead], { name: "dead", match: { pathPrefix: "/dead" } }));
      const slow = { name: "hangs", timeoutMs: 200, match: { pathPrefix: "/hangs" } };
      await serve(ingress, routeTo([hanging], slow));
      const seen = async (path: string) => {
        const { status, fault } = await ask(at, { path });
        return [status, fault];
      };
      deepStrictEqual(await seen("/"), [404, "no-route"]);
      deepStrictEqual(await seen("/dead"), [503, "no-backend"]);
      deepStrictEqual(await seen("/hangs"), [504, "backend-timeout"]);
    },
  },
];

/** Which backends answered, and how often. */
async function countNames(at: Endpoint, count: number): Promise<ReadonlyMap<string, number>> {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const counts = new Map<string, number>();
  let left = count;
  const client = async () => {
    while (left-- > 0) {
      const { body, fault } = await ask(at, { agent });
      const name = fault ?? body.toString();
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  };
  await Promise.all([1, 2, 3, 4].map(client));
  agent.destroy();
  return counts;
}
