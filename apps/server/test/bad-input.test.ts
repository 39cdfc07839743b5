import { encodeScript } from "@bedplate/environment-fake";
import { expect, test } from "vitest";
import { openRig, type Rig } from "./rig.ts";

const good = {
  slot: "fake",
  artifact: { text: Buffer.from(encodeScript({ steps: [] })).toString() },
};

async function post(
  rig: Rig,
  body: unknown,
): Promise<{ status: number; fault: Record<string, unknown> }> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const answer = await rig.fetch("/v1/runs", { method: "POST", body: text });
  const { fault } = (await answer.json()) as { fault: Record<string, unknown> };
  return { status: answer.status, fault };
}

test.for([
  ["no JSON", "{", ""],
  ["an unknown key", { ...good, budgets: {} }, "/budgets"],
  ["an unknown meter", { ...good, budget: { gas: 1 } }, "/budget/gas"],
  ["a negative bound", { ...good, budget: { fuel: -1 } }, "/budget/fuel"],
  ["a fraction", { ...good, budget: { fuel: 1.5 } }, "/budget/fuel"],
  ["a wrong type", { ...good, args: "one" }, "/args"],
  ["a wrong member", { ...good, args: [1] }, "/args/0"],
  ["a missing artifact", { slot: "fake" }, "/artifact"],
  ["an unknown entry", { ...good, entry: "other" }, "/entry"],
  ["a malformed artifact", { ...good, artifact: { text: "{" } }, "/artifact"],
  ["an artifact that nobody guesses", { artifact: { text: "?" } }, "/slot"],
  ["a priority out of range", { ...good, priority: 10 }, "/priority"],
  ["two kinds of input", { ...good, input: { text: "" }, args: [] }, "/input"],
] as const)("%s is refused with a pointer, and leaves nothing", async ([, body, path]) => {
  await using rig = await openRig();
  const { status, fault } = await post(rig, body);
  expect([status, fault["code"]]).toEqual([400, "argument.invalid"]);
  expect(fault["detail"]).toMatchObject({ path });
  expect((await rig.client.runs.list()).runs).toEqual([]);
});

test("a body over the limit is refused with 413 before it is read whole", async () => {
  await using rig = await openRig({ config: { limits: { bodyBytes: 2048 } } });
  const { status, fault } = await post(rig, { ...good, env: { big: "x".repeat(4000) } });
  expect([status, fault["code"]]).toEqual([413, "quota.exceeded"]);
});

test("unknown paths, ids, digests and keys are told apart", async () => {
  await using rig = await openRig();
  const statusOf = async (path: string, init?: RequestInit) => (await rig.fetch(path, init)).status;
  expect(await statusOf("/v1/nothing")).toBe(404);
  expect(await statusOf("/v1/runs/run_x")).toBe(404);
  expect(await statusOf(`/v1/artifacts/sha256:${"0".repeat(64)}`)).toBe(404);
  expect(await statusOf("/v1/artifacts/x")).toBe(400);
  expect(await statusOf("/v1/runs?limit=0")).toBe(400);
  expect(await statusOf("/v1/runs?what=1")).toBe(400);
  expect(await statusOf("/v1/runs?cursor=x")).toBe(400);
  expect(await statusOf("/v1/runs", { headers: { authorization: "Bearer nothing" } })).toBe(401);
});
