import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openScratchFolder } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { checkConfig, maskConfig, readConfig } from "../src/index.ts";

test("defaults come from the schema; options win over variables, variables over the file", () => {
  using scratch = openScratchFolder();
  const file = join(scratch.path, "bedplate.json");
  writeFileSync(file, JSON.stringify({ listen: { port: 1, host: "::1" }, logLevel: "warn" }));
  const config = readConfig({
    file,
    variables: { BEDPLATE_PORT: "2", BEDPLATE_LOG_LEVEL: "error" },
    options: { "/listen/port": 3 },
  });
  expect(config).toMatchObject({
    listen: { port: 3, host: "::1" },
    logLevel: "error",
    data: "file:.bedplate",
  });
});

test("an unknown key is refused with the nearest known one", () => {
  expect(() => checkConfig({ listen: { prot: 1 } })).toThrow(
    /\/listen\/prot is not a known key; is it "port"\?/,
  );
  expect(() => checkConfig({ zzzzzzzzz: 1 })).toThrow(/\/zzzzzzzzz is not a known key/);
});

test("what is secret is masked", () => {
  const config = checkConfig({ environments: { x: { config: { apiToken: "t" } } } });
  expect(JSON.stringify(maskConfig(config))).not.toContain('"t"');
});
