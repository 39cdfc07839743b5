import { readdirSync } from "node:fs";
import { join } from "node:path";
import { openScratchFolder } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { bedplate } from "./bedplate.ts";

const longMs = 240_000;

test("provider ls shows what there is and what is used", async () => {
  using data = openScratchFolder();
  const { code, stdout } = await bedplate(["provider", "ls", "--json"], { data: data.path });
  expect(code).toBe(0);
  const { providers } = JSON.parse(stdout) as { providers: { name: string; url: string | null }[] };
  const used = providers.filter(({ url }) => url !== null).map(({ name }) => name);
  expect(used).toEqual(["state-sqlite", "blob-fs", "cache-memory", "queue-sqlite", "ingress-none"]);
  expect(providers.map(({ name }) => name)).toContain("state-postgres");
});

test(
  "provider conform proves a file of its own and leaves nothing in the folder",
  async () => {
    using data = openScratchFolder();
    const url = `sqlite:${join(data.path, "s.db")}`;
    const args = ["provider", "conform", url, "--contract", "state", "--json"];
    const { code, stdout } = await bedplate([...args, "--only", "SS01", "--only", "SS2"]);
    expect(code).toBe(0);
    const report = JSON.parse(stdout) as { proved: number; cases: number; results: object[] };
    expect(report.proved).toBe(report.cases);
    expect(report.results).toHaveLength(report.cases);
    expect(readdirSync(data.path)).toEqual([]);
    const wrong = await bedplate(["provider", "conform", "sqlite:x", "--contract", "stat"]);
    expect(wrong).toMatchObject({ code: 64, stdout: "" });
  },
  longMs,
);

test(
  "provider copy moves runs to another place, where the same run replays",
  async () => {
    using data = openScratchFolder();
    using other = openScratchFolder();
    const ran = await bedplate(["run", "examples/hello.wasm", "--json"], { data: data.path });
    const { id } = JSON.parse(ran.stdout) as { id: string };
    const to = ["--to-state", `sqlite:${join(other.path, "state.db")}`];
    const args = ["provider", "copy", ...to, "--to-blob", `file:${join(other.path, "blobs")}`];
    const copied = await bedplate([...args, "--json"], { data: data.path });
    expect(copied).toMatchObject({ code: 0 });
    const again = await bedplate([...args, "--json"], { data: data.path });
    expect(JSON.parse(again.stdout)).toMatchObject({
      state: { changed: 0 },
      blobs: { changed: 0 },
    });
    const replayed = await bedplate(["runs", "replay", id], { data: other.path });
    expect(replayed).toMatchObject({ code: 0, stdout: expect.stringMatching(/^same /) });
    expect((await bedplate(["provider", "copy"], { data: data.path })).code).toBe(64);
  },
  longMs,
);
