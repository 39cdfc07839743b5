import type { CgroupWait } from "./cgroup.ts";
import { readEntry, tryWriteControl, writeControl } from "./control-file.ts";
import { pidsIn, until } from "./folder.ts";

/** What a folder of the version 2 hierarchy does for its processes without any controller. */
export class UnifiedFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  async freeze({ timeoutMs }: CgroupWait): Promise<void> {
    writeControl(`${this.path}/cgroup.freeze`, 1);
    await until(() => this.isFrozen(), { timeoutMs, what: "the machine stands still" });
  }

  thaw(): void {
    tryWriteControl(`${this.path}/cgroup.freeze`, 0);
  }

  isFrozen(): boolean {
    return readEntry(`${this.path}/cgroup.events`, "frozen") === 1;
  }

  /** The kernel reaches every process at once, also those that fork meanwhile. */
  async kill({ timeoutMs }: CgroupWait): Promise<void> {
    if (!tryWriteControl(`${this.path}/cgroup.kill`, 1)) return;
    const isEmpty = () => readEntry(`${this.path}/cgroup.events`, "populated") === 0;
    await until(isEmpty, { timeoutMs, what: "the machine's processes are gone" });
  }

  pids(): readonly number[] {
    return pidsIn(this.path);
  }
}
