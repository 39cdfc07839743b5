import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { IngressProvider } from "@bedplate/ingress";
import { openScratchFolder } from "@bedplate/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { openProxyIngress } from "../src/index.ts";

const names = ["a", "b", "c"] as const;
const hosts = ["x.test", "y.test", "*.test"] as const;
const prefixes = ["/", "/in"] as const;

const action = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("apply" as const),
      name: fc.constantFrom(...names),
      host: fc.constantFrom(...hosts),
      pathPrefix: fc.constantFrom(...prefixes),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("remove" as const), name: fc.constantFrom(...names) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("restart" as const) }) },
);

interface Wanted {
  readonly host: string;
  readonly pathPrefix: string;
  readonly age: number;
}

test("after every step of random changes and restarts, each host answers as the model says", async () => {
  const backend = createServer((request, response) => response.end(request.url));
  await new Promise<void>((resolve) => backend.listen(0, "127.0.0.1", resolve));
  const endpoint = { host: "127.0.0.1", port: (backend.address() as AddressInfo).port };
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 12 }), async (actions) => {
      using folder = openScratchFolder();
      const journalPath = join(folder.path, "routes.jsonl");
      let driver = await openProxyIngress({ journalPath, graceMs: 0 });
      let ingress = new IngressProvider(driver);
      const model = new Map<string, Wanted>();
      for (const [age, each] of actions.entries()) {
        if (each.kind === "restart") {
          await ingress.close();
          driver = await openProxyIngress({ journalPath, graceMs: 0 });
          ingress = new IngressProvider(driver);
        } else if (each.kind === "remove") {
          expect(await ingress.remove(each.name)).toBe(model.delete(each.name));
        } else {
          const { name, host, pathPrefix } = each;
          const before = model.get(name);
          const isSame = before?.host === host && before.pathPrefix === pathPrefix;
          const backends = [{ id: name, weight: 1, endpoints: [endpoint] }];
          await ingress.apply({ name, match: { host, pathPrefix }, backends });
          if (!isSame) model.set(name, { host, pathPrefix, age });
        }
        await expectServed(ingress, model);
      }
      await ingress.close();
    }),
    { numRuns: 25 },
  );
  backend.close();
  backend.closeAllConnections();
});

/** Every route that should serve does, by the proof that callers use; the others say who does. */
async function expectServed(ingress: IngressProvider, model: ReadonlyMap<string, Wanted>) {
  for (const [name, { host, pathPrefix, age }] of model) {
    const older = [...model].find(([, other]) => {
      return other.host === host && other.pathPrefix === pathPrefix && other.age < age;
    });
    const status = await ingress.status(name);
    if (older === undefined) expect(status?.servedGeneration).toBe(status?.generation);
    else
      expect([status?.servedGeneration, status?.conflictsWith]).toEqual([
        null,
        oldest(model, host, pathPrefix),
      ]);
  }
  for (const name of names) if (!model.has(name)) expect(await ingress.status(name)).toBeNull();
}

function oldest(model: ReadonlyMap<string, Wanted>, host: string, pathPrefix: string) {
  const claims = [...model].filter(
    ([, each]) => each.host === host && each.pathPrefix === pathPrefix,
  );
  return claims.sort(([, x], [, y]) => x.age - y.age)[0]?.[0];
}
