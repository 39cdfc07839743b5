import { expect, test } from "vitest";
import { faultOfPostgres, readPostgresUrl } from "../src/index.ts";
import { settings } from "./support/rig.ts";

const refusal = (code: string) =>
  Object.assign(new Error("secret row"), { code, severity: "ERROR" });

test.each([
  ["28P01", "provider.denied", "none"],
  ["28000", "provider.denied", "none"],
  ["3D000", "provider.denied", "none"],
  ["42501", "provider.denied", "none"],
  ["40001", "provider.unavailable", "none"],
  ["40P01", "provider.unavailable", "none"],
  ["53100", "quota.exceeded", "none"],
  ["53300", "provider.unavailable", "none"],
  ["25006", "provider.unavailable", "none"],
  ["57014", "deadline.exceeded", "none"],
  ["55P03", "deadline.exceeded", "none"],
  ["XX001", "data.corrupt", "none"],
])("%s is %s", (code, expected, effect) => {
  const error = faultOfPostgres(refusal(code), { op: "state.commit", lost: "unknown" });
  expect(error).toMatchObject({ fault: { code: expected, effect, op: "state.commit" } });
  expect(JSON.stringify((error as { fault: unknown }).fault)).not.toContain("secret");
});

test("what a driver has to read itself passes as it is", () => {
  const unique = refusal("23505");
  expect(faultOfPostgres(unique, { op: "state.commit", lost: "unknown" })).toBe(unique);
});

test("a URL has defaults, and wrong settings are refused", () => {
  expect(readPostgresUrl("postgres://h/db", settings).settings).toEqual({
    schema: "bedplate",
    poolMax: 8,
    connectTimeoutMs: 5_000,
    statementTimeoutMs: 10_000,
  });
  for (const query of ["schema=a;b", "schema=A", "poolMax=0", "sslMode=prefer", "pool=1"]) {
    expect(() => readPostgresUrl(`postgres://h/db?${query}`, settings)).toThrow(
      expect.objectContaining({ code: "argument.invalid" }),
    );
  }
});
