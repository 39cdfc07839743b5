import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openScratchFolder, type ScratchFolder } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { bytesOf, startAgent, textOf } from "./support/agent.ts";

const secret = "what lies outside";

/** A root, and beside it what nobody may reach. */
function openTree(): ScratchFolder & { readonly root: string; readonly outside: string } {
  const scratch = openScratchFolder("guest-root");
  const root = join(scratch.path, "root");
  const outside = join(scratch.path, "outside");
  mkdirSync(join(root, "inside"), { recursive: true });
  mkdirSync(outside);
  writeFileSync(join(outside, "file"), secret);
  writeFileSync(join(root, "inside/file"), "what lies inside");
  return { ...scratch, root, outside, [Symbol.dispose]: () => scratch[Symbol.dispose]() };
}

test("no path leaves the root", async () => {
  using tree = openTree();
  await using agent = await startAgent({ root: tree.root });
  await using guest = await agent.connect();
  const { files } = guest;
  symlinkSync(join(tree.outside, "file"), join(tree.root, "absolute"));
  symlinkSync("../outside/file", join(tree.root, "relative"));
  symlinkSync("/proc/self/root", join(tree.root, "magic"));
  symlinkSync(tree.outside, join(tree.root, "folder"));
  const paths = [
    "../outside/file",
    "/../outside/file",
    "inside/../../outside/file",
    "absolute",
    "relative",
    "folder/file",
    `magic${tree.outside}/file`,
    join(tree.outside, "file"),
  ];
  for (const path of paths) {
    await expect(files.read(path)).rejects.toMatchObject({ code: "resource.missing" });
    await expect(files.write(path, bytesOf("broken in"))).rejects.toThrow("Cannot write");
    await expect(files.remove(join(path, "../file"))).rejects.toMatchObject({
      code: "resource.missing",
    });
  }
  expect(await textOf((await files.read("/inside/file")).body)).toBe("what lies inside");
  expect([readdirSync(tree.outside), readFileSync(join(tree.outside, "file"), "utf8")]).toEqual([
    ["file"],
    secret,
  ]);
});

test("20,000 exchanges of a folder and a link under way leak nothing and let nothing in", async () => {
  using tree = openTree();
  await using agent = await startAgent({ root: tree.root });
  await using guest = await agent.connect();
  symlinkSync(tree.outside, join(tree.root, "link"));
  const numbers = process.arch === "arm64" ? 276 : 316;
  // renameat2(AT_FDCWD, "link", AT_FDCWD, "inside", RENAME_EXCHANGE), with a short rest in either state,
  // until both have been seen often and there is a file that says stop.
  const attack = `chdir "${tree.root}"; my $count = 0;
    until ($count >= 20000 && -e "stop") {
      my ($a, $b) = ("link", "inside");
      syscall(${numbers}, -100, $a, -100, $b, 2) == 0 or die "$!";
      select(undef, undef, undef, 0.0001) if ++$count % 7 == 0;
    }
    print $count`;
  const attacker = await guest.processes.start({ argv: ["/usr/bin/perl", "-e", attack] });
  const told = textOf(attacker.stdout);
  const seen = { inside: 0, missing: 0, written: 0 };
  const isEnough = () => Math.min(seen.inside, seen.missing, seen.written) >= 50;
  const probe = async () => {
    while (!isEnough()) {
      const read = guest.files.read("inside/file").then(({ body }) => textOf(body));
      const text = await read.catch(() => undefined);
      if (text === undefined) seen.missing++;
      else {
        expect(text).toBe("what lies inside");
        seen.inside++;
      }
      await guest.files.write("inside/new", bytesOf("x")).then(
        () => seen.written++,
        () => undefined,
      );
      await guest.files.remove("inside/new").catch(() => undefined);
      await guest.files.makeFolder("inside/made").catch(() => undefined);
    }
  };
  await Promise.all([probe(), probe()]);
  writeFileSync(join(tree.root, "stop"), "");
  expect(Number(await told)).toBeGreaterThanOrEqual(20_000);
  expect(await attacker.exit).toMatchObject({ code: 0 });
  expect([readdirSync(tree.outside), readFileSync(join(tree.outside, "file"), "utf8")]).toEqual([
    ["file"],
    secret,
  ]);
});
