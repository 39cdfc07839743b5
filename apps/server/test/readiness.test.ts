import { startRedis } from "@bedplate/testkit";
import { describeWithEngines } from "@bedplate/testkit/vitest";
import { expect, it, test } from "vitest";
import { openRig, type Rig } from "./rig.ts";

async function readiness({
  url,
}: Rig): Promise<{ readonly status: number; readonly body: object }> {
  const response = await fetch(new URL("/readyz", url));
  return { status: response.status, body: (await response.json()) as object };
}

test("a server is ready when all that it stands on answers", async () => {
  await using rig = await openRig();
  const answers = "answers";
  const all = { state: answers, blob: answers, cache: answers, queue: answers, ingress: answers };
  expect(await readiness(rig)).toEqual({ status: 200, body: { status: "ready", providers: all } });
});

describeWithEngines("readiness on Redis", ["redis"], () => {
  it.each([
    ["queue", 503],
    ["cache", 200],
  ] as const)("when the %s is away a server says %i, and who it is", async (name, status) => {
    await using redis = await startRedis();
    await using rig = await openRig({ config: { providers: { [name]: redis.url } } });
    expect(await readiness(rig)).toMatchObject({ status: 200 });
    await redis.kill();
    const provider = { [name]: expect.stringMatching(/^(provider|contact|deadline)\./) };
    await expect
      .poll(() => readiness(rig), { timeout: 10_000 })
      .toMatchObject({ status, body: { providers: provider } });
    await redis.restart();
    await expect
      .poll(() => readiness(rig), { timeout: 20_000 })
      .toMatchObject({ status: 200, body: { status: "ready", providers: { [name]: "answers" } } });
  });
});
