import type { SnapshotManifest } from "@bedplate/environment";
import { quantile, reportBench } from "@bedplate/testkit";
import { type ContainerInstance, MachineRig } from "../test/machine-rig.ts";

const rounds = 7;
const mebibyte = 1024 * 1024;
const diskMebibytes = 1024;
const dataMebibytes = 64;

const write = `for i in $(seq ${dataMebibytes}); do head -c ${mebibyte} /dev/urandom > /home/user/f$i; done`;
const contents: readonly (readonly [name: string, script: string])[] = [
  ["a fresh machine", "true"],
  [`${dataMebibytes} files of 1 MiB`, write],
  ["the same, deleted", `${write}; sync; rm /home/user/f*`],
];

await using rig = await MachineRig.open({ diskBytes: diskMebibytes * mebibyte });
const rows: (readonly (string | number)[])[] = [];
for (const [name, script] of contents) rows.push([name, ...(await measure(script))]);
reportBench("snapshots of machines", {
  columns: [
    "what is on the disk",
    "capture p50 ms",
    "standstill inside p50 ms",
    "MiB of chunks",
    "restore to first output p50 ms",
  ],
  rows,
  notes: [
    `${rounds} captures of a machine that runs, disk of ${diskMebibytes} MiB, chunks kept in memory; each is restored once.`,
    "Standstill: the longest time between two looks at the clock by a program inside.",
  ],
});

async function measure(script: string): Promise<readonly number[]> {
  const machine = await rig.machine();
  await rig.sh(machine, script);
  const captures: number[] = [];
  const halts: number[] = [];
  const restores: number[] = [];
  let bytes = 0;
  for (let round = 0; round < rounds; round += 1) {
    const watch = await startWatch(machine);
    const startedAt = performance.now();
    const manifest = await capture(machine);
    captures.push(performance.now() - startedAt);
    halts.push(await watch());
    bytes = manifest.chunks.reduce((sum, each) => sum + each.bytes, 0);
    restores.push(await restore(manifest));
  }
  await rig.release(machine);
  return [quantile(captures, 0.5), quantile(halts, 0.5), bytes / mebibyte, quantile(restores, 0.5)];
}

function capture(machine: ContainerInstance): Promise<SnapshotManifest> {
  const sink = async (chunk: Uint8Array) => void rig.store(chunk);
  return machine.facets.snapshot.capture({ scope: "files", sink }, rig.call(120_000));
}

async function restore(from: SnapshotManifest): Promise<number> {
  const startedAt = performance.now();
  const clone = await rig.machine({ from });
  await rig.run(clone, ["/bin/echo", "x"]);
  const took = performance.now() - startedAt;
  await rig.release(clone);
  return took;
}

/** A program that looks at the clock every millisecond, and says at its end how long it could not. */
async function startWatch(machine: ContainerInstance): Promise<() => Promise<number>> {
  const script = `use Time::HiRes 'clock_gettime', 'CLOCK_MONOTONIC'; $| = 1; $SIG{TERM} = sub { print $most; exit }; $at = clock_gettime(CLOCK_MONOTONIC); print "0 "; while (1) { select undef, undef, undef, 0.001; $now = clock_gettime(CLOCK_MONOTONIC); $most = $now - $at if $now - $at > $most; $at = $now }`;
  const { exec } = machine.facets;
  const { id } = await exec.start({ argv: ["/usr/bin/perl", "-e", script] }, rig.call());
  const output = exec.output({ process: id, from: 0 }, rig.call(120_000))[Symbol.asyncIterator]();
  let said = "";
  const first = await output.next();
  if (first.done !== true) said += Buffer.from(first.value.data).toString("latin1");
  return async () => {
    await exec.signal({ process: id, name: "SIGTERM" }, rig.call());
    for (let next = await output.next(); next.done !== true; next = await output.next()) {
      said += Buffer.from(next.value.data).toString("latin1");
    }
    return 1000 * Number(said.split(" ")[1]);
  };
}
