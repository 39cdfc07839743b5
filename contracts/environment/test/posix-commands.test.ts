import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { openScratchFolder } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { posixCommands } from "../src/conformance/index.ts";

const commands = posixCommands();

/** Runs a command of the suite on this host, as it would run in a machine. */
function run(argv: readonly string[] = [], input = "", env: NodeJS.ProcessEnv = {}) {
  const [file = "", ...values] = argv;
  const done = spawnSync(file, values, { input, env: { ...process.env, ...env } });
  return { code: done.status, stdout: done.stdout, stderr: done.stderr.toString() };
}

const said = (argv: readonly string[] | undefined) => run(argv).stdout.toString();

/** Starts one, and answers its lines. */
function start(argv: readonly string[] = []): {
  child: ChildProcess;
  lines: AsyncGenerator<string>;
} {
  const [file = "", ...values] = argv;
  const child = spawn(file, values, { stdio: ["ignore", "pipe", "inherit"] });
  async function* lines() {
    let rest = "";
    for await (const data of child.stdout) {
      const all = (rest + String(data)).split("\n");
      rest = all.pop() ?? "";
      yield* all;
    }
  }
  return { child, lines: lines() };
}

test("what is said, and how it ends", () => {
  expect(run(commands.say?.("a b\n%s"))).toEqual({
    code: 0,
    stdout: Buffer.from("a b\n%s"),
    stderr: "",
  });
  expect(run(commands.complain?.("x"))).toMatchObject({ stdout: Buffer.alloc(0), stderr: "x" });
  expect(run(commands.everyByte?.()).stdout).toEqual(
    Buffer.from(Array.from({ length: 256 }, (_, i) => i)),
  );
  expect(run(commands.exit?.(7)).code).toBe(7);
  expect(run(commands.copy?.(), "in and out").stdout.toString()).toBe("in and out");
  expect(run(commands.flood?.(100_000)).stdout).toHaveLength(100_000);
  expect(said(commands.cwd?.()).trim()).toBe(process.cwd());
  expect(run(commands.variable?.("CASE_A"), "", { CASE_A: 'a "b" $c' }).stdout.toString()).toBe(
    'a "b" $c\n',
  );
  expect(said(commands.variable?.("CASE_NONE"))).toBe("(none)\n");
  expect(said(commands.random?.())).toMatch(/^[0-9a-f]{32}\n$/);
  expect(Number(said(commands.wallClock?.()))).toBeGreaterThan(1_700_000_000_000);
  expect(Number(said(commands.monotonic?.()))).toBeGreaterThan(0);
});

test("files are made, linked, filled and replaced", async () => {
  using folder = openScratchFolder("posix");
  const path = join(folder.path, "file");
  run(commands.writeFile?.(path, "text"));
  expect(said(commands.readFile?.(path))).toBe("text");
  run(commands.link?.(join(folder.path, "link"), "file"));
  expect(readlinkSync(join(folder.path, "link"))).toBe("file");
  expect(run(commands.fill?.(join(folder.path, "big"), 5000)).code).toBe(0);
  expect(lstatSync(join(folder.path, "big")).size).toBe(5000);
  expect(run(commands.makeFiles?.(folder.path, 5)).code).toBe(0);
  expect(run(commands.makeFiles?.(join(folder.path, "none"), 5)).code).not.toBe(0);
  expect(readdirSync(folder.path)).toHaveLength(8);
  const { child } = start(commands.rewrite?.(path, ["aaa", "bb"]));
  const seen = new Set<string>();
  while (seen.size < 2 || seen.has("text")) {
    seen.delete("text");
    seen.add(readFileSync(path, "utf8"));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  expect([...seen].sort()).toEqual(["aaa", "bb"]);
  child.kill("SIGKILL");
});

test("what goes on says each line at once", async () => {
  const ticking = start(commands.tick?.(1));
  const polite = start(commands.polite?.("SIGTERM"));
  const greedy = start(commands.takeMemory?.(1_000_000));
  for (const line of ["1", "2", "3"]) expect((await ticking.lines.next()).value).toBe(line);
  expect((await polite.lines.next()).value).toBe("ready");
  polite.child.kill("SIGTERM");
  expect((await polite.lines.next()).value).toBe("bye");
  expect((await greedy.lines.next()).value).toBe("taken");
  for (const { child } of [ticking, greedy]) child.kill("SIGKILL");
});

test("a connection is open, closed or cut", async () => {
  const server = createServer((socket) =>
    socket.on("error", () => {}).once("data", () => socket.destroy()),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { readonly port: number };
  const held = start(commands.hold?.("127.0.0.1", port));
  expect((await held.lines.next()).value).toBe("open");
  expect((await held.lines.next()).value).toBe("cut");
  await new Promise((resolve) => server.close(resolve));
  expect(said(commands.connect?.("127.0.0.1", port))).toBe("closed\n");
});
