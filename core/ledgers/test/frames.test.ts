import type { FakeStep } from "@bedplate/environment-fake";
import { expect, test } from "vitest";
import { openRig, project, type Rig, stateOf } from "./rig.ts";

const place = { project, name: "bank" };
const terms: FakeStep = { do: "output", text: '{"fuelMax":1000000000}' };
const counted: readonly FakeStep[] = [{ do: "add", key: "total", by: 1 }];

interface Frames {
  readonly opens?: readonly FakeStep[];
  readonly closes?: readonly FakeStep[];
}

/** An artifact whose batches are opened and closed so. */
function putFramed(rig: Rig, { opens = [terms], closes = [] }: Frames) {
  const entries = { "open-batch": opens, "close-batch": closes };
  return rig.put({ steps: [...counted], entries });
}

async function submit(rig: Rig, artifact: Awaited<ReturnType<typeof putFramed>>) {
  const request = { artifact, entry: "main", input: new Uint8Array() };
  return (await rig.service.submit(place, request)).transaction.id;
}

const broken: readonly (readonly [string, Frames, string])[] = [
  ["whose opening traps", { opens: [{ do: "trap" }] }, "internal.bug"],
  ["whose opening tells no terms", { opens: [{ do: "output", text: "no" }] }, "internal.bug"],
  [
    "whose opening tells bad terms",
    { opens: [{ do: "output", text: '{"fuelMax":-1}' }] },
    "argument.invalid",
  ],
  [
    "whose opening runs out of fuel",
    { opens: [{ do: "burn", fuel: 2_000_000_000 }, terms] },
    "internal.bug",
  ],
  ["whose closing reverts", { closes: [{ do: "revert" }] }, "internal.bug"],
  [
    "at whose opening the platform fails",
    { opens: [{ do: "fault", code: "plugin.crashed" }] },
    "plugin.crashed",
  ],
];

for (const [what, frames, code] of broken) {
  test(`an artifact ${what} is given up, and those behind it go on`, async () => {
    await using rig = await openRig();
    await rig.service.create({ ...place, slot: "fake" });
    const bad = await putFramed(rig, frames);
    const lost = [await submit(rig, bad), await submit(rig, bad)];
    const good = await submit(rig, await putFramed(rig, {}));
    for (let n = 0; n < 3; n++) {
      await expect(rig.service.seal(place)).rejects.toThrow("Cannot execute what");
    }
    expect(await rig.service.seal(place)).toMatchObject({ number: 1, transactions: 1 });
    for (const id of lost) {
      const status = await rig.service.transaction(place, id);
      expect(status).toMatchObject({ phase: "failed", fault: { code } });
    }
    expect(await rig.service.transaction(place, good)).toMatchObject({ phase: "done", batch: 1 });
    expect(await stateOf(rig, "bank")).toEqual({ total: "1" });
  });
}

test("fuel of what wrote nothing is not told at the closing, and takes no room of the batch", async () => {
  await using rig = await openRig();
  await rig.service.create({ ...place, slot: "fake" });
  const artifact = await rig.put({
    steps: [{ do: "burn", fuel: 100 }],
    entries: {
      wide: [
        { do: "burn", fuel: 500 },
        { do: "write", key: "k".repeat(300), text: "x" },
      ],
      "open-batch": [{ do: "output", text: '{"fuelMax":1000}' }],
      "close-batch": [{ do: "write", key: "closed", from: "input" }],
    },
  });
  const budget = { fuel: 600 };
  for (const entry of ["wide", "wide", "main", "wide", "main"]) {
    await rig.service.submit(place, { artifact, entry, input: new Uint8Array(), budget });
  }
  expect(await rig.service.seal(place)).toMatchObject({ number: 1, transactions: 5 });
  const { receipts } = await rig.service.receipts(place, { number: 1 });
  const paid = receipts.filter(({ outcome }) => outcome.kind === "returned");
  const fuel = paid.reduce((sum, each) => sum + each.fuel, 0);
  expect(fuel).toBeGreaterThanOrEqual(200);
  expect(await stateOf(rig, "bank")).toEqual({
    closed: JSON.stringify({ number: 1, fuel, runs: 2 }),
  });
});
