import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { expectFault, expectNoTrace } from "@bedplate/conformance";
import { dump, put, type StateCase } from "./state-case.ts";

/** Idempotency keys and fences. */
export const idempotencyCases: readonly StateCase[] = [
  {
    id: "SS30",
    law: "the same key and request answer as the first time and change nothing",
    async run(store) {
      const request = {
        checks: [{ key: "a", is: "absent" as const }],
        ops: [put("a"), { delete: "b" }],
        idempotencyKey: "k",
      };
      const first = await store.commit(request);
      await store.commit({ ops: [put("a", "later")] });
      await expectNoTrace(
        () => dump(store),
        async () => deepStrictEqual(await store.commit(request), { ...first, replayed: true }),
      );
    },
  },
  {
    id: "SS31",
    law: "another request under a used key is refused",
    async run(store) {
      await store.commit({ ops: [put("a", "1")], idempotencyKey: "k" });
      await expectNoTrace(
        () => dump(store),
        () =>
          expectFault(
            "idempotency.mismatch",
            store.commit({ ops: [put("a", "2")], idempotencyKey: "k" }),
          ),
      );
      const elsewhere = store.in("elsewhere");
      const { replayed } = await elsewhere.commit({ ops: [put("a", "2")], idempotencyKey: "k" });
      strictEqual(replayed, false);
    },
  },
  {
    id: "SS33",
    law: "a key is forgotten when its time is over, and not before",
    controls: ["virtualClock"],
    async run(store, { clock }) {
      const { idempotencyMs } = store.limits;
      await store.commit({ ops: [put("a", "1")], idempotencyKey: "k" });
      await clock.advance(idempotencyMs - 1);
      const other = { ops: [put("a", "2")], idempotencyKey: "k" };
      await expectFault("idempotency.mismatch", store.commit(other));
      await clock.advance(1);
      strictEqual((await store.commit(other)).replayed, false);
    },
  },
  {
    id: "SS34",
    law: "a fence refuses lower epochs and passes equal and higher ones",
    async run(store) {
      const at = (epoch: number) =>
        store.commit({ ops: [put("a", String(epoch))], fence: { name: "f", epoch } });
      await at(5);
      await at(5);
      await at(7);
      await expectNoTrace(
        () => dump(store),
        async () => {
          const { fault } = await expectFault("fence.stale", at(6));
          deepStrictEqual(fault.detail, { seen: "7", got: "6" });
        },
      );
      await at(7);
    },
  },
  {
    id: "SS35",
    law: "fences of other names and namespaces do not meet",
    async run(store) {
      const at = (name: string, epoch: number) => ({ ops: [put("a")], fence: { name, epoch } });
      await store.commit(at("f", 9));
      await store.commit(at("g", 1));
      await store.in("elsewhere").commit(at("f", 1));
    },
  },
  {
    id: "SS75",
    law: "a repeat is answered before fences and checks are looked at, and raises no fence",
    async run(store) {
      const at = (epoch: number) => ({
        checks: [{ key: `a${epoch}`, is: "absent" as const }],
        ops: [put(`a${epoch}`)],
        fence: { name: "f", epoch },
        idempotencyKey: `k${epoch}`,
      });
      const first = await store.commit(at(1));
      await store.commit(at(2));
      deepStrictEqual(await store.commit(at(1)), { ...first, replayed: true });
      await expectFault("fence.stale", store.commit({ ops: [put("b")], fence: at(1).fence }));
    },
  },
  {
    id: "SS76",
    law: "a refused commit does not use up its idempotency key",
    async run(store) {
      const request = {
        checks: [{ key: "a", is: "present" as const }],
        ops: [put("b")],
        idempotencyKey: "k",
      };
      await expectFault("version.mismatch", store.commit(request));
      await store.commit({ ops: [put("a")] });
      strictEqual((await store.commit(request)).replayed, false);
      strictEqual((await store.commit(request)).replayed, true);
    },
  },
];
