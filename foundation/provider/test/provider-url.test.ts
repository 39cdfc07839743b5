import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { defineSchema, Type } from "@bedplate/schema";
import { openScratchFolder } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { maskProviderUrl } from "../src/mask.ts";
import { readProviderUrl } from "../src/provider-url.ts";
import { readSecret } from "../src/secret.ts";

const settings = defineSchema(
  Type.Object(
    {
      poolMax: Type.Integer({ default: 8, minimum: 1, maximum: 100 }),
      isFast: Type.Boolean({ default: false }),
      schema: Type.String({ default: "bedplate" }),
    },
    { additionalProperties: false },
  ),
);
const options = { schemes: ["postgres"], settings };

test("a URL is read into parts, with defaults and types", () => {
  const read = readProviderUrl("postgres://me:p%40ss@host:5432/db?poolMax=3&isFast=true", options);
  expect(read.url.href).toBe("postgres://host:5432/db");
  expect(read.username).toBe("me");
  expect(read.password).toEqual({ value: "p@ss", file: undefined, variable: undefined });
  expect(read.settings).toEqual({ poolMax: 3, isFast: true, schema: "bedplate" });
});

test.each([
  ["nonsense s3cret", "is no URL"],
  ["mysql://a:s3cret@h/", "must begin with postgres:"],
  ["postgres://a:s3cret@h/?poolMx=3", 'is it "poolMax"?'],
  ["postgres://a:s3cret@h/?poolMax=0", "/poolMax"],
  ["postgres://a:s3cret@h/?poolMax=1&poolMax=2", "is there twice"],
  ["postgres://h/?password=s3cret", "passwordFile"],
  ["postgres://a:s3cret@h/?passwordFile=/x", "is given twice"],
  ["postgres://a:s3cret%@h/", "malformed escape"],
])("%s is refused, and the text holds no secret", (url, text) => {
  let message = "";
  try {
    readProviderUrl(url, options);
  } catch (error) {
    message = (error as Error).message;
  }
  expect(message).toContain(text);
  expect(message).not.toContain("s3cret");
});

test("a password comes from a file or a variable", async () => {
  using folder = openScratchFolder();
  const file = join(folder.path, "password");
  writeFileSync(file, "one\n");
  const { password } = readProviderUrl(`postgres://me@h/?passwordFile=${file}`, options);
  expect(await readSecret(password, {})).toBe("one");
  writeFileSync(file, "two");
  expect(await readSecret(password, {})).toBe("two");
  const named = readProviderUrl("postgres://me@h/?passwordVariable=PW", options).password;
  expect(await readSecret(named, { PW: "three" })).toBe("three");
  await expect(readSecret(named, {})).rejects.toMatchObject({ code: "argument.invalid" });
  await expect(readSecret({ file: "/no/such" }, {})).rejects.toMatchObject({
    code: "argument.invalid",
  });
  expect(await readSecret({}, {})).toBeUndefined();
});

test("masking hides passwords and keeps what names one", () => {
  expect(maskProviderUrl("postgres://me:pw@h/db?passwordFile=f&secretKey=x")).toBe(
    "postgres://me:***@h/db?passwordFile=f&secretKey=***",
  );
  expect(maskProviderUrl("no url with pw")).toBe("***");
});
