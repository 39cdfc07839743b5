import { deepStrictEqual, fail, ok, strictEqual } from "node:assert/strict";
import { expectFault } from "@bedplate/conformance";
import { checkLinearizable, type Operation } from "@bedplate/conformance/linearizability";
import { type StateInput, type StateOutput, stateHistoryModel } from "./history-model.ts";
import { recordCallers } from "./recorded-callers.ts";
import { put, type StateCase } from "./state-case.ts";

/** What concurrent and later readers see. */
export const consistencyCases: readonly StateCase[] = [
  {
    id: "SS36",
    law: "whatever concurrent callers of two processes do is as if one did it after the other",
    async run(store, kit) {
      const other = await kit.second();
      for (const turn of [1, 2, 3]) {
        const namespace = `turn-${turn}`;
        const stores = [store.in(namespace), other.in(namespace)];
        const seed = `${kit.seed}/SS36/${turn}`;
        expectLinearizable(await recordCallers({ stores, seed, operations: 2_000 }));
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
      const write = async () => {
        for (let i = 1; i <= 100; i++)
          await writer.commit({ ops: [put("a", `${i}`), put("b", `${i}`)] });
        isDone = true;
      };
      const read = async () => {
        for (let reads = 0; !isDone || reads === 0; reads++) {
          const [a, b] = await store.getMany(["a", "b"]);
          deepStrictEqual(a?.value, b?.value);
          const { entries, revision } = await store.list();
          ok(entries.every((entry) => entry.revision <= revision));
          deepStrictEqual(entries[0]?.value, entries[1]?.value);
          await new Promise((resolve) => setImmediate(resolve));
        }
      };
      await Promise.all([write(), read()]);
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

/** Fails with what cannot be explained. */
export function expectLinearizable(history: readonly Operation<StateInput, StateOutput>[]): void {
  const result = checkLinearizable(history, stateHistoryModel);
  if (result.kind !== "linearizable") fail(result.text);
}
