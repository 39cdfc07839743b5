import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openScratchFolder } from "@bedplate/testkit";
import { expect, test } from "vitest";
import {
  allProviders,
  checkConfig,
  conformProvider,
  contractsOf,
  findProvider,
  maskConfig,
  providerContracts,
  providerUrls,
  readConfig,
} from "../src/index.ts";

test("what the configuration does not name is embedded in the data folder", () => {
  const config = checkConfig({ data: "file:/x/y", providers: { queue: "redis://h" } });
  expect(providerUrls(config)).toEqual({
    state: "sqlite:/x/y/state.db",
    blob: "file:/x/y/blobs",
    cache: "memory:",
    queue: "redis://h",
    ingress: "none:",
  });
  expect(providerUrls(checkConfig({ data: "file:/x" }), { isEmbedded: true }).queue).toBe(
    "memory:",
  );
  expect(new Set(Object.values(providerUrls(checkConfig({ data: "memory:" }))))).toEqual(
    new Set(["memory:", "none:"]),
  );
});

test("variables name providers, and passwords are shown to nobody", () => {
  const variables = {
    BEDPLATE_STATE_URL: "postgres://me:s3cret@db/x",
    BEDPLATE_BLOB_URL: "s3://b",
  };
  const config = readConfig({ variables });
  expect(config.providers).toMatchObject({ state: variables.BEDPLATE_STATE_URL, blob: "s3://b" });
  const shown = JSON.stringify(maskConfig(config));
  expect(shown).toContain("postgres://me:***@db/x");
  expect(shown).not.toContain("s3cret");
});

test("a scheme that no provider has is refused with the known ones", async () => {
  await expect(findProvider("state", "postgre://db")).rejects.toThrow(
    /must begin with one of memory:, sqlite:, postgres:.*is it "postgres:"\?/,
  );
  expect(await contractsOf("postgres://db")).toEqual(["state", "queue"]);
  expect(await contractsOf("nonsense")).toEqual([]);
});

test("every provider says its contract, its name and its settings", async () => {
  const providers = await allProviders();
  for (const { contract, name, schemes, settings } of providers) {
    expect(providerContracts).toContain(contract);
    expect(name.startsWith(`${contract}-`)).toBe(true);
    expect(schemes.length).toBeGreaterThan(0);
    expect(settings).toMatchObject({ type: "object", additionalProperties: false });
  }
  expect(new Set(providers.map(({ name }) => name)).size).toBe(providers.length);
});

test("a module that exports no provider is refused by its path", async () => {
  using scratch = openScratchFolder();
  const path = join(scratch.path, "driver.mjs");
  writeFileSync(path, "export const provider = { contract: 'state' };");
  const modules = [path];
  await expect(findProvider("state", "x:", { modules })).rejects.toMatchObject({
    code: "argument.invalid",
    message: expect.stringContaining('exports no "provider"'),
  });
  await expect(findProvider("state", "x:", { modules: ["/no/such.mjs"] })).rejects.toThrow(
    /Cannot load the provider module/,
  );
});

test("a suite runs against a live provider, and a URL of two contracts needs one named", async () => {
  const report = await conformProvider("memory:", { contract: "state", only: ["SS01", "SS18"] });
  expect(report).toMatchObject({ proved: 2, declared: 2, cases: 2 });
  await expect(conformProvider("memory:")).rejects.toThrow(/name one with --contract/);
  const none = await conformProvider("none:", { only: ["IG02", "IG01"] });
  expect(none.results.map(({ verdict }) => verdict).toSorted()).toEqual(["pass", "undeclared"]);
});
