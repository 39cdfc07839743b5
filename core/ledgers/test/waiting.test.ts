import { systemClock } from "@bedplate/clock";
import { digestBytes } from "@bedplate/codec";
import { type DriverKeys, type StateDriver, StateStore, textOfKey } from "@bedplate/state";
import { openMemoryState } from "@bedplate/state-memory";
import { expect, test } from "vitest";
import { Waiting } from "../src/seal/waiting.ts";
import { transactionTable } from "../src/transaction.ts";
import { bytes, project } from "./rig.ts";

const ledger = "l";

async function openWaiting() {
  const read: string[] = [];
  const memory = await openMemoryState({});
  const watched: StateDriver = new Proxy(memory, {
    get: (target, member) => {
      if (member === "getMany") {
        return (namespace: string, range: DriverKeys) => {
          read.push(...range.keys.map(textOfKey));
          return target.getMany(namespace, range);
        };
      }
      const found: unknown = Reflect.get(target, member);
      return typeof found === "function" ? found.bind(target) : found;
    },
  });
  const state = new StateStore(watched);
  const put = (id: string, inputBytes = 1) =>
    state.commit({
      ops: [
        transactionTable.put(`${ledger}/${id}`, {
          id,
          project,
          sender: "s",
          artifact: digestBytes(bytes("a")),
          entry: "main",
          input: new Uint8Array(inputBytes),
          budget: {},
          priority: 5,
          gasPrice: 0,
          submittedAt: 0,
        }),
      ],
    });
  const waiting = new Waiting({ state, clock: systemClock, waitingMax: 1_000 });
  const bodies = async (ids: readonly string[]) => {
    read.length = 0;
    const found = (await waiting.bodies(ledger, ids)).map(({ id }) => id);
    return { found, read: read.length };
  };
  return { put, bodies };
}

test("what has no room in a batch is not read again for the next one", async () => {
  const { put, bodies } = await openWaiting();
  for (const id of ["a", "b", "c", "d"]) await put(id);
  expect(await bodies(["a", "b", "c"])).toEqual({ found: ["a", "b", "c"], read: 3 });
  expect(await bodies(["c", "b", "d"])).toEqual({ found: ["c", "b", "d"], read: 1 });
  // Only what was asked for last is kept.
  expect(await bodies(["a", "c"])).toEqual({ found: ["a", "c"], read: 1 });
});

test("what is gone is left out, and what is large is not kept", async () => {
  const { put, bodies } = await openWaiting();
  const large = Array.from({ length: 80 }, (_, n) => `large-${n}`);
  for (const id of large) await put(id, 60 * 1024);
  expect(await bodies([...large, "nobody"])).toEqual({ found: large, read: 81 });
  expect((await bodies(large)).read).toBe(80);
});
