import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { expectFault } from "@bedplate/conformance";
import type { StateStore } from "../state-store.ts";
import { all, keysOf, put, type StateCase, textOf } from "./state-case.ts";
import { namedCommit } from "./write-until-killed.ts";

/** What survives the death of a process, of an engine, of a disk. */
export const durabilityCases: readonly StateCase[] = [
  {
    id: "SS32",
    law: "after a crash a repeated request is answered as the first time, or done, once",
    when: isDurable,
    controls: ["crash"],
    async run(_store, kit) {
      const crashed = await kit.crash?.(40);
      ok(crashed !== undefined && crashed.reports.length >= 40);
      const { store, reports } = crashed;
      const head = await store.head();
      for (const name of reports)
        strictEqual((await store.commit(namedCommit(name))).replayed, true);
      strictEqual(await store.head(), head);
      // What each writer sent last may have been applied without a report.
      for (const name of unreportedOf(reports)) {
        const first = await store.commit(namedCommit(name));
        const again = await store.commit(namedCommit(name));
        deepStrictEqual(again, { ...first, replayed: true });
      }
      const names = keysOf(await all(store, "left/"));
      strictEqual(await store.head(), names.length);
    },
  },
  {
    id: "SS55",
    law: "what was acknowledged survives kill -9; what was not is there whole or not at all",
    when: isDurable,
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
    id: "SS56",
    law: "a full disk is told, the refused commit leaves no trace, and what is there still reads",
    when: isDurable,
    controls: ["fillDisk"],
    async run(store, kit) {
      await store.commit({ ops: [put("kept")] });
      const full = await kit.fillDisk?.();
      ok(full !== undefined);
      const value = new Uint8Array(Math.min(1_000_000, full.limits.valueBytesMax));
      let refused = false;
      for (let i = 0; i < 1_000 && !refused; i++) {
        const before = await full.head();
        const work = full.commit({ ops: [put(`first/${i}`), { put: `second/${i}`, value }] });
        refused = (await work.catch(() => undefined)) === undefined;
        if (!refused) continue;
        const again = full.commit({ ops: [put(`first/${i}`), { put: `second/${i}`, value }] });
        strictEqual((await expectFault("quota.exceeded", again)).fault.effect, "none");
        strictEqual(await full.head(), before);
        strictEqual(await full.get(`first/${i}`), null);
      }
      ok(refused, "the disk took everything");
      strictEqual(textOf(await full.get("kept")), "kept");
    },
  },
  {
    id: "SS57",
    law: "a value that changed on the disk is told, and never answered",
    when: isDurable,
    controls: ["flipByte"],
    async run(store, kit) {
      await store.commit({ ops: [put("a", "a value that will be damaged"), put("b")] });
      const damaged = await kit.flipByte?.("a");
      ok(damaged !== undefined);
      await expectFault("data.corrupt", damaged.get("a"));
      await expectFault("data.corrupt", damaged.list());
      await expectFault("data.corrupt", damaged.watch({ after: 0 }).next());
      strictEqual(textOf(await damaged.get("b")), "b");
    },
  },
  {
    id: "SS61",
    law: "a reopened store has the same keys, versions, history, fences and idempotency keys",
    when: isDurable,
    controls: ["reopen"],
    async run(store, kit) {
      const first = { ops: [put("a"), put("b")], fence: { name: "f", epoch: 3 } };
      const { versions } = await store.commit({ ...first, idempotencyKey: "k" });
      await store.commit({ ops: [{ delete: "b" }] });
      const before = await store.get("a");
      const again = await kit.reopen?.();
      ok(again !== undefined);
      deepStrictEqual(await again.get("a"), before);
      strictEqual(await again.head(), 2);
      const stale = again.commit({ ops: [put("c")], fence: { name: "f", epoch: 2 } });
      await expectFault("fence.stale", stale);
      const replayed = await again.commit({ ...first, idempotencyKey: "k" });
      deepStrictEqual(replayed, { revision: 1, versions, replayed: true });
      for await (const { revision } of again.watch({ after: 0 })) if (revision === 2) break;
    },
  },
];

function isDurable(store: StateStore): boolean {
  return store.capabilities.durable;
}

/** The name after the last one that each writer reported. */
function unreportedOf(reports: readonly string[]): readonly string[] {
  const last = new Map<string, number>();
  for (const report of reports) {
    const [writer = "", turn = "0"] = report.split("-");
    last.set(writer, Math.max(Number(turn), last.get(writer) ?? 0));
  }
  return [...last].map(([writer, turn]) => `${writer}-${turn + 1}`);
}
