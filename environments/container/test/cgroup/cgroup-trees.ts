import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Controller, controllers } from "../../src/cgroup/cgroup-layout.ts";

/** Files of a folder of cgroups, as a kernel would put them there. */
const files: Readonly<Record<Controller | "unified", readonly string[]>> = {
  memory: ["memory.limit_in_bytes", "memory.memsw.limit_in_bytes"],
  cpu: ["cpu.shares", "cpu.cfs_quota_us", "cpu.cfs_period_us"],
  cpuacct: [],
  pids: ["pids.max"],
  freezer: ["freezer.state"],
  unified: [
    ..."cgroup.subtree_control cgroup.freeze cgroup.kill cpu.max cpu.weight".split(" "),
    ..."memory.max memory.high memory.swap.max pids.max".split(" "),
  ],
};

/** A tree of plain files in the place of a kernel's: what is written to it can be read. */
export class CgroupTree implements Disposable {
  readonly path: string = mkdtempSync(join(tmpdir(), "bpc-cgroup-"));

  readonly mounts: Readonly<Record<Controller, string>> = Object.fromEntries(
    controllers.map((each) => [each, join(this.path, each)]),
  ) as Record<Controller, string>;

  readonly unified: string = join(this.path, "unified");

  /** Puts the control files into each folder from the mount down to the name. */
  fill(hierarchy: Controller | "unified", name: string): void {
    const mount = join(this.path, hierarchy);
    for (let at = join(mount, name); at.startsWith(mount); at = dirname(at)) {
      mkdirSync(at, { recursive: true });
      for (const file of files[hierarchy]) writeFileSync(join(at, file), "0");
    }
  }

  read(hierarchy: Controller | "unified", path: string): string {
    return readFileSync(join(this.path, hierarchy, path), "utf8").trim();
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}
