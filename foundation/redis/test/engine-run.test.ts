import { describeWithEngines } from "@bedplate/testkit/vitest";
import { expect, test } from "vitest";
import { removePrefix } from "../src/remove-prefix.ts";
import { call, openClient, openRig } from "./support/rig.ts";

describeWithEngines("a run of Redis", ["redis"], () => {
  test("a request that is made for a run does not reach what an earlier run left", async () => {
    await using rig = await openRig();
    await using other = await openClient(rig.engine.url);
    const runs: string[] = [];
    const keyOf = (run: string) => {
      runs.push(run);
      return `${run}:a`;
    };
    await rig.redis.write((run) => ["SET", keyOf(run), "1"], call);
    expect(await other.read((run) => ["GET", keyOf(run)], call)).toBe("1");
    expect(new Set(runs).size).toBe(1);
    await rig.engine.kill();
    await rig.engine.restart();
    expect(await rig.redis.read((run) => ["GET", keyOf(run)], call)).toBeNull();
    expect(await other.read((run) => ["GET", keyOf(run)], call)).toBeNull();
    expect(new Set(runs).size).toBe(2);
    expect(await rig.direct.read(["GET", `${runs[0]}:a`], call)).toBe("1");
  });

  test("removePrefix() removes what begins so, whatever the prefix is made of, and nothing else", async () => {
    await using rig = await openRig({ appendFsync: "everysec" });
    const { direct } = rig;
    const prefix = "a[b]*?\\:";
    for (const key of ["a[b", "ab:", "a[b]x", "axb]*?\\:"])
      await direct.write(["SET", key, 1], call);
    const own = Array.from({ length: 3_000 }, (_, i) => `${prefix}${i}`);
    await direct.write(["MSET", ...own.flatMap((key) => [key, 1])], call);
    await removePrefix(direct, prefix);
    const left = await direct.read<readonly string[]>(["KEYS", "*"], call);
    expect(left.toSorted()).toEqual(["a[b", "a[b]x", "ab:", "axb]*?\\:"]);
  });
});
