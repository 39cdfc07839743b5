import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openScratchFolder } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { bedplate } from "./bedplate.ts";

const longMs = 240_000;

test(
  "runs ls, get, logs, replay and cancel, without a server",
  async () => {
    using data = openScratchFolder();
    const options = { data: data.path };
    for (let index = 0; index < 2; index++) await bedplate(["run", "examples/hello.wasm"], options);
    const { stdout } = await bedplate(["runs", "ls", "--limit", "1", "--json"], options);
    const page = JSON.parse(stdout) as { runs: { id: string; receipt: string }[]; next: string };
    const [run] = page.runs;
    expect(page.runs).toHaveLength(1);
    const words = await bedplate(["runs", "ls", "--cursor", page.next, "--slot", "wasm"], options);
    expect(words.stdout.split("\n")[1]).toMatch(
      /^run_\w+ +wasm@\S+ +done +returned .* hello\.wasm$/,
    );

    const id = run?.id ?? "";
    const got = await bedplate(["runs", "get", id], options);
    expect(JSON.parse(got.stdout)).toMatchObject({ id, receipt: run?.receipt });
    expect((await bedplate(["runs", "logs", id], options)).stdout).toBe("Hello from WebAssembly\n");
    expect(await bedplate(["runs", "replay", id], options)).toMatchObject({
      code: 0,
      stdout: `same ${run?.receipt}\n`,
    });
    expect((await bedplate(["runs", "cancel", id], options)).stdout).toBe(`${id} done\n`);
    expect((await bedplate(["runs", "get", "run_none"], options)).code).toBe(66);
  },
  longMs,
);

test(
  "keys, projects, policies and the journal",
  async () => {
    using data = openScratchFolder();
    const options = { data: data.path };
    const made = await bedplate(["keys", "create", "ci", "--role", "viewer", "--json"], options);
    const { key, text } = JSON.parse(made.stdout) as { key: { id: string }; text: string };
    expect(text).toMatch(/^bp_/);
    const viewer = await bedplate(["projects", "ls", "--key", text], options);
    expect(viewer).toMatchObject({ code: 77, stdout: "" });
    const keys = await bedplate(["keys", "ls"], options);
    expect(keys.stdout).toContain(key.id);
    expect(keys.stdout).not.toContain(text);
    expect((await bedplate(["keys", "revoke", key.id], options)).stdout).toBe(
      `${key.id} revoked\n`,
    );
    expect((await bedplate(["runs", "ls", "--key", text], options)).code).toBe(77);

    expect(
      (await bedplate(["projects", "put", "demo", "--concurrent-runs", "4"], options)).code,
    ).toBe(0);
    expect((await bedplate(["projects", "ls"], options)).stdout).toMatch(/^demo +4 /m);
    expect((await bedplate(["projects", "put", "demo"], options)).code).toBe(64);

    const policy = join(data.path, "policy.json");
    writeFileSync(policy, JSON.stringify({ onExcess: "refuse", ceiling: { wallMs: 5_000 } }));
    const before = JSON.parse((await bedplate(["slots", "policy", "wasm"], options)).stdout);
    const set = await bedplate(["slots", "policy", "wasm", "--set", policy], options);
    expect(JSON.parse(set.stdout)).toEqual({
      ...before,
      onExcess: "refuse",
      ceiling: { ...before.ceiling, wallMs: 5_000 },
    });
    const hello = ["run", "examples/hello.wasm", "--timeout"];
    expect((await bedplate([...hello, "10s"], options)).code).toBe(69);
    expect((await bedplate([...hello, "4s"], options)).code).toBe(0);
    expect((await bedplate(["journal"], options)).stdout).toMatch(/policy-set +policy\/wasm/);
    expect((await bedplate(["releases", "ls"], options)).stdout).toMatch(/^wasm@\S+ +registered/m);
    writeFileSync(policy, "{");
    expect((await bedplate(["slots", "policy", "wasm", "--set", policy], options)).code).toBe(65);
  },
  longMs,
);

test(
  "config show masks secrets and helps with a key that it does not know",
  async () => {
    using folder = openScratchFolder();
    const file = join(folder.path, "config.json");
    const config = { environments: { python: { config: { apiKey: "hidden-from-people" } } } };
    writeFileSync(file, JSON.stringify(config));
    const shown = await bedplate(["config", "show", "--config", file, "--data", "x/y"]);
    expect(shown.code).toBe(0);
    expect(shown.stdout).not.toContain("hidden-from-people");
    expect(JSON.parse(shown.stdout)).toMatchObject({ data: "file:x/y", listen: { port: 7420 } });
    writeFileSync(file, JSON.stringify({ limts: {} }));
    const wrong = await bedplate(["config", "show", "--config", file]);
    expect(wrong.code).toBe(65);
    expect(wrong.stderr).toContain('/limts is not a known key; is it "limits"?');
    const schema = await bedplate(["config", "show", "--schema"]);
    expect(JSON.parse(schema.stdout)).toMatchObject({ type: "object" });
  },
  longMs,
);

test(
  "env ls, inspect and decode; doctor says what is mounted and what is not",
  async () => {
    using data = openScratchFolder();
    const options = { data: data.path };
    const inspected = await bedplate(["env", "inspect", "wasm"], options);
    expect(JSON.parse(inspected.stdout)).toMatchObject({ slot: "wasm", isHealthy: true });
    const decoded = await bedplate(["env", "decode", "examples/add.wasm"], options);
    expect(decoded.stdout).toContain("i32.add");
    expect((await bedplate(["env", "decode", "none.wasm"], options)).code).toBe(66);
    expect((await bedplate(["env", "inspect", "cobol"], options)).code).toBe(66);
    const { code, stdout } = await bedplate(["doctor", "--json"], options);
    expect(code).toBe(0);
    const { findings } = JSON.parse(stdout) as {
      findings: { what: string; isGood: boolean; fact: string }[];
    };
    const verdicts = Object.fromEntries(findings.map((each) => [each.what, each.isGood]));
    expect(verdicts).toMatchObject({
      node: true,
      "environment wasm": true,
      "environment javascript": true,
      "environment python": true,
      "environment fake": false,
    });
    const crypto = findings.filter((each) => each.what.startsWith("evm crypto "));
    expect(crypto.map((each) => each.fact).join(", ")).toContain("recoverKey");
  },
  longMs,
);
