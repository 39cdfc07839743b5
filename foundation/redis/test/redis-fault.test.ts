import { expect, test } from "vitest";
import { faultOfRedis, readRedisUrl } from "../src/index.ts";
import { settings } from "./support/rig.ts";

const refusal = (message: string) => Object.assign(new Error(message), { name: "ReplyError" });
const context = { op: "cache.set", lost: "unknown" } as const;

test.each([
  ["NOAUTH Authentication required.", "provider.denied"],
  ["WRONGPASS invalid username-password pair", "provider.denied"],
  ["NOPERM this user has no permissions", "provider.denied"],
  ["OOM command not allowed when used memory > 'maxmemory'.", "quota.exceeded"],
  ["MISCONF Errors writing to the AOF file: No space left on device", "quota.exceeded"],
  ["MISCONF Redis is configured to save RDB snapshots", "provider.unavailable"],
  ["LOADING Redis is loading the dataset in memory", "provider.unavailable"],
  ["READONLY You can't write against a read only replica.", "provider.unavailable"],
  ["CLUSTERDOWN The cluster is down", "provider.unavailable"],
  ["ERR max number of clients reached", "provider.unavailable"],
])("%s is %s", (message, code) => {
  expect(faultOfRedis(refusal(message), context)).toMatchObject({
    fault: { code, effect: "none", op: "cache.set" },
  });
});

test("what a driver has to read itself passes as it is", () => {
  const error = refusal("WRONGTYPE Operation against a key holding the wrong kind of value");
  expect(faultOfRedis(error, context)).toBe(error);
});

test("a URL has defaults, and wrong settings are refused", () => {
  expect(readRedisUrl("redis://h", settings).settings).toEqual({
    keyPrefix: "bedplate:",
    connectTimeoutMs: 5_000,
    commandTimeoutMs: 5_000,
  });
  for (const query of ["commandTimeoutMs=0", "prefix=a", "keyPrefix=a&keyPrefix=b"]) {
    expect(() => readRedisUrl(`redis://h?${query}`, settings)).toThrow(
      expect.objectContaining({ code: "argument.invalid" }),
    );
  }
});
