import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Plugin } from "@bedplate/environment";
import {
  type ContainerDeclares,
  containerPlugin,
  gvisorPlugin,
  readHostFacts,
} from "@bedplate/environment-container";
import { quantile, reportBench } from "@bedplate/testkit";
import { MachineRig } from "../test/machine-rig.ts";

const rounds = 25;
/** Between machines, so that what is made ready in the background is ready. */
const pauseMs = 150;

const { runtimes } = await readHostFacts();
const rows: (readonly (string | number)[])[] = [];

await measure("container, cold", containerPlugin, { warmNetworks: 2 });
await measure("container, cold, writes to memory", containerPlugin, { warmNetworks: 2 }, "memory");
await measure("container, nothing ready", containerPlugin, { warmNetworks: 0 });
await measure("container, warm", containerPlugin, { warmNetworks: 2, warmMachines: 2 });
if (runtimes.runsc !== undefined && hasSystrap(runtimes.runsc.version)) {
  const plugin = gvisorPlugin as unknown as Plugin<ContainerDeclares>;
  await measure("gvisor, cold", plugin, {});
  await measure("gvisor, warm", plugin, { warmMachines: 2 });
}
bare("bare crun: a new container that runs echo", () => runCrun());
bare("bwrap that runs echo", () => runBwrap());

reportBench("machines", {
  columns: [
    "what",
    "create to first output p50 ms",
    "p99 ms",
    "exec round trip p50 ms",
    "stop and release p50 ms",
  ],
  rows,
  notes: [
    `${rounds} machines each, one after the other, all with network, disk and bounds; the first output is that of /bin/echo.`,
    "Cold: berths (network, disk, bounds) stand ready, the machine does not; warm: a started machine does.",
  ],
});

/** Releases of gVisor from before its portable platform cannot run here. */
function hasSystrap(version: string): boolean {
  return Number(/\d{8}/.exec(version)?.[0]) > 20_230_000;
}

function runBwrap(): number | null {
  const words =
    "--ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/lib /lib --symlink usr/lib64 /lib64 --proc /proc --dev /dev --unshare-all";
  return spawnSync("bwrap", [...words.split(" "), "/bin/echo", "x"]).status;
}

async function measure(
  name: string,
  plugin: Plugin<ContainerDeclares>,
  config: object,
  writes: "disk" | "memory" = "disk",
): Promise<void> {
  await using rig = await MachineRig.open(config, { plugin });
  const times: number[] = [];
  const trips: number[] = [];
  const ends: number[] = [];
  for (let round = -2; round < rounds; round += 1) {
    const startedAt = performance.now();
    const machine = await rig.machine({ config: { writes } });
    await rig.run(machine, ["/bin/echo", "x"]);
    const firstAt = performance.now();
    await rig.run(machine, ["/bin/echo", "x"]);
    const secondAt = performance.now();
    await rig.release(machine);
    const endAt = performance.now();
    if (round >= 0) {
      times.push(firstAt - startedAt);
      trips.push(secondAt - firstAt);
      ends.push(endAt - secondAt);
    }
    await sleep("warmMachines" in config ? 2 * pauseMs : pauseMs);
  }
  rows.push([
    name,
    quantile(times, 0.5),
    quantile(times, 0.99),
    quantile(trips, 0.5),
    quantile(ends, 0.5),
  ]);
}

function bare(name: string, once: () => number | null): void {
  if (once() !== 0) return;
  const times = Array.from({ length: rounds }, () => {
    const startedAt = performance.now();
    once();
    return performance.now() - startedAt;
  });
  rows.push([name, quantile(times, 0.5), quantile(times, 0.99), "", ""]);
}

function runCrun(): number | null {
  const folder = `/tmp/bpc-bench-${process.pid}`;
  mkdirSync(`${folder}/root/proc`, { recursive: true });
  for (const each of ["usr", "dev"]) mkdirSync(`${folder}/root/${each}`, { recursive: true });
  const config = {
    ociVersion: "1.0.2",
    root: { path: "root", readonly: false },
    process: {
      user: { uid: 0, gid: 0 },
      args: ["/usr/bin/echo", "x"],
      cwd: "/",
      env: ["LD_LIBRARY_PATH=/usr/lib"],
    },
    mounts: [
      { destination: "/proc", type: "proc", source: "proc" },
      { destination: "/usr", type: "bind", source: "/usr", options: ["bind", "ro"] },
      { destination: "/lib64", type: "bind", source: "/usr/lib64", options: ["bind", "ro"] },
      { destination: "/lib", type: "bind", source: "/usr/lib", options: ["bind", "ro"] },
    ],
    linux: { namespaces: ["pid", "mount", "ipc", "uts", "network"].map((type) => ({ type })) },
  };
  writeFileSync(`${folder}/config.json`, JSON.stringify(config));
  const hide =
    "umount /sys/fs/cgroup/unified 2>/dev/null; exec crun --cgroup-manager=disabled run -b $0 $1";
  const { status } = spawnSync("unshare", ["-m", "sh", "-c", hide, folder, `bench-${process.pid}`]);
  rmSync(folder, { recursive: true, force: true });
  return status;
}
