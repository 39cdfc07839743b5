import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { describe, expect, it } from "vitest";
import type { Cgroup } from "../../src/cgroup/cgroup.ts";
import { readCgroupLayout } from "../../src/cgroup/cgroup-layout.ts";
import { CgroupV1 } from "../../src/cgroup/cgroup-v1.ts";
import { Cgroups } from "../../src/cgroup/cgroups.ts";
import { makeFolder, removeFolder } from "../../src/cgroup/folder.ts";
import { UnifiedFolder } from "../../src/cgroup/unified-folder.ts";
import { describeOnHost } from "../describe-on-host.ts";
import { CgroupTree } from "./cgroup-trees.ts";

const parent = "bedplate/a";
const limits = { memoryBytes: 100_000_000, cpuMillis: 1500, cpuWeight: 200, processesMax: 32 };

describe("bounds in a tree of cgroups", () => {
  it("are those of version 2, which passes controllers down from the root", () => {
    using tree = new CgroupTree();
    tree.fill("unified", `${parent}/m`);
    const cgroups = new Cgroups({ layout: { kind: "v2", mount: tree.unified }, parent });
    const cgroup = cgroups.named("m");
    cgroup.create();
    cgroup.limit(limits);
    for (const each of [".", "bedplate", parent]) {
      expect(tree.read("unified", `${each}/cgroup.subtree_control`)).toBe("+memory +cpu +pids");
    }
    const read = (file: string) => tree.read("unified", `${parent}/m/${file}`);
    expect(read("memory.max")).toBe("100000000");
    expect(read("memory.high")).toBe("95000000");
    expect(read("memory.swap.max")).toBe("0");
    expect(read("cpu.max")).toBe("150000 100000");
    expect(read("cpu.weight")).toBe("200");
    expect(read("pids.max")).toBe("32");
    expect(Object.values(cgroup.boundFiles)).toContain(`${tree.unified}/${parent}/m/memory.max`);
  });

  it.each([true, false])("are those of version 1, with version 2 beside it: %s", (isHybrid) => {
    using tree = new CgroupTree();
    for (const each of ["memory", "cpu", "cpuacct", "pids", "freezer"] as const) {
      tree.fill(each, `${parent}/m`);
    }
    tree.fill("unified", `${parent}/m`);
    const unified = isHybrid ? { unified: tree.unified } : {};
    const layout = { kind: "v1", mounts: tree.mounts, ...unified } as const;
    const cgroup = new Cgroups({ layout, parent }).named("m");
    cgroup.create();
    cgroup.limit(limits);
    expect(tree.read("memory", `${parent}/m/memory.limit_in_bytes`)).toBe("100000000");
    expect(tree.read("memory", `${parent}/m/memory.memsw.limit_in_bytes`)).toBe("100000000");
    expect(tree.read("cpu", `${parent}/m/cpu.cfs_quota_us`)).toBe("150000");
    expect(tree.read("cpu", `${parent}/m/cpu.shares`)).toBe("2048");
    expect(tree.read("pids", `${parent}/m/pids.max`)).toBe("32");
    expect(cgroup.folders.length).toBe(isHybrid ? 6 : 5);
    cgroup.thaw();
    const state = tree.read("freezer", `${parent}/m/freezer.state`);
    expect(state).toBe(isHybrid ? "0" : "THAWED");
  });

  it.each(["v1", "v2"] as const)(
    "weigh all machines together as much as one process on each processor: %s",
    (kind) => {
      using tree = new CgroupTree();
      for (const each of ["cpu", "unified"] as const) tree.fill(each, `${parent}/wardens`);
      const layout = kind === "v2" ? { kind, mount: tree.unified } : { kind, mounts: tree.mounts };
      new Cgroups({ layout, parent }).home();
      for (const each of ["bedplate", parent]) {
        const seen =
          kind === "v2"
            ? tree.read("unified", `${each}/cpu.weight`)
            : tree.read("cpu", `${each}/cpu.shares`);
        expect(Number(seen)).toBe((kind === "v2" ? 100 : 1024) * availableParallelism());
      }
    },
  );
});

const layout = readCgroupLayout();
const noV1 =
  layout.kind === "v1" && process.getuid?.() === 0 ? [] : ["cgroups of version 1, as root"];
const unified =
  layout.kind === "v2" ? layout.mount : layout.kind === "v1" ? layout.unified : undefined;
const noV2 =
  unified !== undefined && process.getuid?.() === 0 ? [] : ["a tree of version 2, as root"];
const timeoutMs = 10_000;

describeOnHost("version 1 without version 2 beside it", noV1, () => {
  it("stands still, goes on, and is killed while it forks", async () => {
    if (layout.kind !== "v1") return;
    const { unified: _, ...alone } = layout;
    await standsAndFalls(new CgroupV1(alone, `bedplate-test-${process.pid}`));
  });
});

describeOnHost("a folder of version 2", noV2, () => {
  it("stands still, goes on, and is killed while it forks", async () => {
    const path = `${unified}/bedplate-test-${process.pid}`;
    const folder = new UnifiedFolder(path);
    await standsAndFalls({
      folders: [path],
      create: () => makeFolder(path),
      freeze: (options) => folder.freeze(options),
      thaw: () => folder.thaw(),
      isFrozen: () => folder.isFrozen(),
      kill: (options) => folder.kill(options),
      pids: () => folder.pids(),
      remove: () => removeFolder(path),
    });
  });
});

/** On the kernel's own tree: a process that forks without end is stopped, let go, and ended. */
async function standsAndFalls(
  cgroup: Omit<Cgroup, "limit" | "usage" | "boundFiles">,
): Promise<void> {
  cgroup.create();
  const child = spawn("/bin/sh", ["-c", "read go; while :; do /bin/true; done"], {
    stdio: ["pipe", "ignore", "ignore"],
  });
  try {
    for (const each of cgroup.folders) writeFileSync(`${each}/cgroup.procs`, String(child.pid));
    child.stdin.write("go\n");
    await cgroup.freeze({ timeoutMs });
    expect(cgroup.isFrozen()).toBe(true);
    expect(cgroup.pids()).toContain(child.pid);
    cgroup.thaw();
    expect(cgroup.isFrozen()).toBe(false);
    const gone = ended(child);
    await cgroup.freeze({ timeoutMs });
    await cgroup.kill({ timeoutMs });
    await gone;
    expect(cgroup.pids()).toEqual([]);
  } finally {
    child.kill("SIGKILL");
    cgroup.remove();
  }
}

async function ended(child: ChildProcess): Promise<void> {
  const [, signal] = await once(child, "exit");
  expect(signal).toBe("SIGKILL");
}
