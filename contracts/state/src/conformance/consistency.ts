import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { seededRandom } from "@bedplate/clock";
import { expectFault } from "@bedplate/conformance";
import { isFault } from "@bedplate/errors";
import type { StateStore } from "../state-store.ts";
import { bytes, keysOf, put, type StateCase } from "./state-case.ts";

/** What concurrent and later readers see. */
export const consistencyCases: readonly StateCase[] = [
  {
    id: "SS36",
    law: "a random history of one caller equals a map",
    async run(store, { seed }) {
      const random = seededRandom(`${seed}/SS36`);
      const model = new Map<string, string>();
      for (let step = 0; step < 400; step++) {
        const [kind = 0, which = 0, value = 0] = random.bytes(3);
        const key = `k${which % 12}`;
        if (kind < 140) {
          await store.commit({ ops: [put(key, String(value))] });
          model.set(key, String(value));
        } else if (kind < 200) {
          await store.commit({ ops: [{ delete: key }] });
          model.delete(key);
        } else {
          deepStrictEqual(await contents(store), new Map([...model].sort()));
        }
      }
    },
  },
  {
    id: "SS37",
    law: "another process reads what was acknowledged",
    async run(store, kit) {
      const other = await kit.second();
      for (let i = 0; i < 20; i++) {
        const { revision } = await store.commit({ ops: [put("a", `${i}`)] });
        strictEqual(Buffer.from((await other.get("a"))?.value ?? []).toString(), `${i}`);
        strictEqual(await other.head(), revision);
      }
    },
  },
  {
    id: "SS39",
    law: "keys that are read together are of one instant",
    async run(store, kit) {
      const writer = await kit.second();
      await writer.commit({ ops: [put("a", "0"), put("b", "0")] });
      let isDone = false;
      const writing = (async () => {
        for (let i = 1; i <= 100; i++)
          await writer.commit({ ops: [put("a", `${i}`), put("b", `${i}`)] });
        isDone = true;
      })();
      let reads = 0;
      while (!isDone) {
        const [a, b] = await store.getMany(["a", "b"]);
        deepStrictEqual(a?.value, b?.value);
        const { entries, revision } = await store.list();
        ok(entries.every((entry) => entry.revision <= revision));
        deepStrictEqual(entries[0]?.value, entries[1]?.value);
        reads++;
        await new Promise((resolve) => setImmediate(resolve));
      }
      await writing;
      ok(reads > 0);
    },
  },
  {
    id: "SS59",
    law: "a closed store refuses everything, and closing twice is harmless",
    async run(store) {
      await store.commit({ ops: [put("a")] });
      await store.close();
      await store.close();
      await expectFault("resource.closed", store.get("a"));
      await expectFault("resource.closed", store.list());
      await expectFault("resource.closed", store.head());
      await expectFault("resource.closed", store.commit({ ops: [put("b")] }));
      await expectFault("resource.closed", store.in("other").get("a"));
    },
  },
  {
    id: "SS60",
    law: "an aborted call rejects with the reason, and before it was sent it has no effect",
    async run(store) {
      const reason = new Error("gone");
      const signal = AbortSignal.abort(reason);
      const refused = store.commit({ ops: [put("a")] }, { signal });
      strictEqual(await refused.catch((error: unknown) => error), reason);
      strictEqual(await store.get("a"), null);
    },
  },
];

/** What survives. */
export const durabilityCases: readonly StateCase[] = [
  {
    id: "SS55",
    law: "what was acknowledged survives kill -9; what was not is there whole or not at all",
    when: (store) => store.capabilities.durable,
    controls: ["crash"],
    async run(_store, kit) {
      const crashed = await kit.crash?.(40);
      ok(crashed !== undefined && crashed.reports.length >= 40);
      for (const report of crashed.reports) {
        ok((await crashed.store.get(`left/${report}`)) !== null, `${report} was acknowledged`);
      }
      const left = keysOf(await all(crashed.store, "left/")).map((key) => key.slice(5));
      const right = keysOf(await all(crashed.store, "right/")).map((key) => key.slice(6));
      deepStrictEqual(left, right);
      strictEqual(await crashed.store.head(), left.length);
      await crashed.store.commit({ ops: [put("after")] });
    },
  },
  {
    id: "SS61",
    law: "a reopened store has the same keys, versions, history and fences",
    when: (store) => store.capabilities.durable,
    controls: ["reopen"],
    async run(store, kit) {
      await store.commit({ ops: [put("a"), put("b")], fence: { name: "f", epoch: 3 } });
      await store.commit({ ops: [{ delete: "b" }] });
      const before = await store.get("a");
      const again = await kit.reopen?.();
      ok(again !== undefined);
      deepStrictEqual(await again.get("a"), before);
      strictEqual(await again.head(), 2);
      const stale = again.commit({ ops: [put("c")], fence: { name: "f", epoch: 2 } });
      await expectFault("fence.stale", stale);
      for await (const { revision } of again.watch({ after: 0 })) if (revision === 2) break;
    },
  },
];

/**
 * What a process does until it is killed: pairs of keys, one pair per commit, several at a time. It
 * reports the name of each pair after its commit was acknowledged.
 */
export async function writeUntilKilled(
  store: StateStore,
  report: (name: string) => void,
): Promise<never> {
  const write = async (writer: number) => {
    for (let i = 0; ; i++) {
      const name = `${writer}-${i}`;
      try {
        await store.commit({
          ops: [
            { put: `left/${name}`, value: bytes(name) },
            { put: `right/${name}`, value: bytes(name) },
          ],
        });
        report(name);
      } catch (error) {
        if (!isFault(error, "quota.exceeded")) throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, (_, writer) => write(writer)));
  throw new Error("Cannot end: the writers go on until the process is killed");
}

async function contents(store: StateStore): Promise<ReadonlyMap<string, string>> {
  const entries = await all(store, "");
  return new Map(
    entries.map(({ key, value }) => [Buffer.from(key).toString(), Buffer.from(value).toString()]),
  );
}

async function all(store: StateStore, prefix: string) {
  const entries = [];
  for await (const entry of store.listAll({ prefix })) entries.push(entry);
  return entries;
}
