import { existsSync } from "node:fs";
import { join } from "node:path";
import { fakePlugin } from "@bedplate/environment-fake";
import { Bedplate } from "@bedplate/sdk";
import { checkConfig, listen, openServer } from "@bedplate/server";
import { silentLog } from "@bedplate/telemetry";
import { eventually, openScratchFolder } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { bedplate, start, up } from "./bedplate.ts";

const longMs = 240_000;

test(
  "commands find the server of their data folder, and Ctrl-C ends it in order",
  async () => {
    using folder = openScratchFolder();
    const data = join(folder.path, "data");
    const server = await up(data);
    await using _ended = server;
    const following = start(["events"], { data });
    const [hello, primes] = await Promise.all([
      bedplate(["run", "examples/hello.wasm"], { data }),
      bedplate(["run", "examples/primes.js"], { data }),
    ]);
    expect([hello.code, primes.code]).toEqual([0, 0]);
    expect(hello.stderr).not.toContain("not recorded");
    const client = new Bedplate({ url: server.url, key: server.key });
    expect((await client.runs.list()).runs).toHaveLength(2);
    expect((await bedplate(["runs", "ls", "--json"], { data })).stdout).toContain("primes.js");
    const second = await bedplate(["up", "--port", "0"], { data });
    expect(second.code).toBe(65);
    expect(second.stderr).toContain("resource.busy");

    const noKey = await bedplate(["runs", "ls", "--url", server.url]);
    expect(noKey.code).toBe(77);
    following.child.kill("SIGINT");
    expect((await following.finished).code).toBe(0);

    server.child.kill("SIGINT");
    const { code, stdout } = await server.finished;
    expect(code).toBe(0);
    const messages = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).message);
    expect(messages).toEqual(["server ready", "server stopping"]);
    expect(existsSync(join(data, "server.json"))).toBe(false);
    expect(existsSync(join(data, "admin.key"))).toBe(true);
  },
  longMs,
);

test(
  "what a killed server left open is not touched by a command, and ended by the next server",
  async () => {
    using folder = openScratchFolder();
    const data = join(folder.path, "data");
    const server = await up(data);
    const client = new Bedplate({ url: server.url, key: server.key });
    const artifact = "const end = Date.now() + 1500; while (Date.now() < end); console.log('x')";
    const accepted = await Promise.all(
      Array.from({ length: 4 }, () => client.runs.submit({ slot: "javascript", artifact })),
    );
    server.child.kill("SIGKILL");
    await server.finished;
    const listed = await bedplate(["runs", "ls", "--json"], { data });
    const phases = (JSON.parse(listed.stdout) as { runs: { phase: string }[] }).runs;
    expect(phases.map((each) => each.phase)).not.toContain("failed");
    await using next = await up(data);
    const later = new Bedplate({ url: next.url, key: next.key });
    for (const { id } of accepted) {
      expect(await later.runs.wait(id)).toMatchObject({ phase: "done" });
    }
  },
  longMs,
);

test(
  "slots swap and releases retire change what a server runs",
  async () => {
    const config = checkConfig({ data: "memory:", environments: { fake: { isEnabled: true } } });
    await using server = await openServer(config, { slots: ["fake"], log: silentLog });
    await using listening = await listen(server, { host: "127.0.0.1", port: 0 });
    const [first] = await server.registry.releases.list();
    const build = `sha256:${"1".repeat(64)}` as const;
    const plugin = fakePlugin({ manifest: { plugin: { name: "fake", version: "9.0.0", build } } });
    const grants = plugin.manifest.wants;
    await server.registry.releases.register({ plugin: plugin as never, grants }, { actor: "test" });
    const at = ["--url", listening.url, "--key", server.adminKey];
    const swapped = await bedplate(["slots", "swap", "fake", "fake@9.0.0", "--drain", "1s", ...at]);
    expect(swapped).toMatchObject({ code: 0, stdout: "fake fake@9.0.0 generation 2\n" });
    const bound = await bedplate(["releases", "retire", "fake@9.0.0", ...at]);
    expect(bound.stderr).toContain("resource.busy");
    const old = `fake@${first?.version}`;
    await eventually(
      "the old release drained",
      async () => {
        const { code } = await bedplate(["releases", "retire", old, ...at]);
        return code === 0;
      },
      { timeoutMs: 60_000 },
    );
    expect((await bedplate(["releases", "ls", ...at])).stdout).toMatch(
      new RegExp(`^${old} +retired`, "m"),
    );
    expect((await bedplate(["journal", "--json", ...at])).stdout).toContain("slot-swapped");
  },
  longMs,
);

test(
  "what needs a server says so, and one that does not answer is named",
  async () => {
    using folder = openScratchFolder();
    const options = { data: join(folder.path, "data") };
    const none = await bedplate(["slots", "swap", "wasm", "wasm@9.0.0"], options);
    expect(none.code).toBe(66);
    expect(none.stderr).toContain("bedplate up");
    const gone = await bedplate(["runs", "ls", "--url", "http://127.0.0.1:2"], options);
    expect(gone.code).toBe(69);
    expect(gone.stderr).toContain("Cannot reach the server http://127.0.0.1:2");
  },
  longMs,
);
