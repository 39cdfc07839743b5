import { digestBytes } from "@bedplate/codec";
import { expect, test } from "vitest";
import { accessListOf, schedulers } from "../src/index.ts";
import type { BaseState, Lane, TransactionEffect } from "../src/schedule/scheduler.ts";
import { bytes } from "./rig.ts";

const manyCredits = 20_000;
const manyTransactions = 3_000;

const nothing: BaseState = { peek: () => null, load: async () => {} };
const receipt = digestBytes(bytes("r"));
const outcome = { kind: "returned", output: new Uint8Array() } as const;

function crediting(key: string): TransactionEffect["execution"] {
  const credits = [{ key: bytes(key), amount: Uint8Array.of(1) }];
  return { outcome, fuel: 1, writes: [], credits, events: [], receipt };
}

test("an access list of many credits of one key has all of them", () => {
  const effect = { execution: crediting("coinbase"), reads: new Map() };
  const [access] = accessListOf(new Array<TransactionEffect>(manyCredits).fill(effect));
  expect(access?.credits).toHaveLength(manyCredits);
  expect(access?.credits?.at(-1)).toBe(manyCredits - 1);
});

test("a batch of many credited keys is executed once, unless one of them is read", async () => {
  const run = (readAt: number | undefined) => {
    const lane: Lane = {
      execute: async (index, reads) => {
        reads.peek(bytes(index === readAt ? "c0" : `own${index}`));
        return crediting(`c${index}`);
      },
    };
    return schedulers["access-list"]({
      count: manyTransactions,
      base: nothing,
      lanes: [lane],
      accessOf: (index) => ({ reads: [bytes(`own${index}`), bytes("c0")], writes: [] }),
      signal: new AbortController().signal,
    });
  };
  const calm = await run(undefined);
  expect(calm.effects).toHaveLength(manyTransactions);
  expect(calm.repeated).toBe(0);
  expect((await run(manyTransactions - 1)).repeated).toBe(manyTransactions);
});
