import { setTimeout as sleep } from "node:timers/promises";
import { quantile, reportBench } from "@bedplate/testkit";
import { type ContainerInstance, MachineRig } from "../test/machine-rig.ts";

/** How many stand idle; so many are made at the same time. */
const crowd = Number(process.env["BENCH_MACHINES"] ?? 200);
const lanes = 4;
/** Creates in a second, and for how many seconds. */
const rate = 20;
const seconds = 5;
const samples = 25;
const mebibyte = 1024 * 1024;
const fileMebibytes = 64;

await using rig = await MachineRig.open({ warmNetworks: 4 });
const rows: (readonly (string | number)[])[] = [];
const alone = await latencies();
rows.push(["create to first output, alone, p50 ms", quantile(alone, 0.5)]);
await transfer();
await sustained();
const machines = await makeCrowd();
await sleep(500);
rows.push([`${machines.length} idle machines: MiB of memory each`, await heldMebibytes(machines)]);
const among = await latencies();
rows.push([`create to first output among ${machines.length}, p50 ms`, quantile(among, 0.5)]);
rows.push(["that, against alone", quantile(among, 0.5) / quantile(alone, 0.5)]);
await inLanes(machines, (each) => rig.release(each));
reportBench("a crowd of machines", {
  columns: ["what", "figure"],
  rows,
  notes: [
    "Memory is what the machine's cgroup holds, agent and kernel included; the warden beside it is not in it.",
    `Sustained: ${rate} a second for ${seconds} s, each used once and released while others are made.`,
  ],
});

async function latencies(): Promise<number[]> {
  const times: number[] = [];
  for (let round = -2; round < samples; round += 1) {
    const startedAt = performance.now();
    const machine = await firstOutput();
    if (round >= 0) times.push(performance.now() - startedAt);
    await rig.release(machine);
    await sleep(150);
  }
  return times;
}

async function firstOutput(): Promise<ContainerInstance> {
  const machine = await rig.machine({ caps: { diskBytes: 64 * mebibyte } });
  await rig.run(machine, ["/bin/echo", "x"]);
  return machine;
}

async function sustained(): Promise<void> {
  const times: number[] = [];
  const begunAt = performance.now();
  const all = Array.from({ length: rate * seconds }, async (_, at) => {
    await sleep((at * 1000) / rate);
    const startedAt = performance.now();
    const machine = await firstOutput();
    times.push(performance.now() - startedAt);
    await rig.release(machine);
  });
  await Promise.all(all);
  const took = (performance.now() - begunAt) / 1000;
  rows.push([`${rate} creates a second: done a second`, times.length / took]);
  rows.push(["create to first output then, p50 ms", quantile(times, 0.5)]);
  rows.push(["p99 ms", quantile(times, 0.99)]);
}

async function transfer(): Promise<void> {
  const machine = await rig.machine();
  const { files } = machine.facets;
  const piece = new Uint8Array(mebibyte);
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent++ < fileMebibytes) controller.enqueue(piece.slice());
      else controller.close();
    },
  });
  const path = "/tmp/file";
  const upAt = performance.now();
  await files.write({ path, body }, rig.call());
  const downAt = performance.now();
  let got = 0;
  for await (const each of await files.read({ path }, rig.call())) got += each.length;
  const endAt = performance.now();
  if (got !== fileMebibytes * mebibyte) throw new Error("The file is not what was sent");
  rows.push(["file upload, MiB/s", (fileMebibytes * 1000) / (downAt - upAt)]);
  rows.push(["file download, MiB/s", (fileMebibytes * 1000) / (endAt - downAt)]);
  await rig.release(machine);
}

async function makeCrowd(): Promise<ContainerInstance[]> {
  const made: ContainerInstance[] = [];
  await inLanes(Array.from({ length: crowd }), async () => {
    made.push(await rig.machine({ caps: { diskBytes: 64 * mebibyte } }));
  });
  return made;
}

async function inLanes<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = items[Symbol.iterator]();
  const lane = async () => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: lanes }, () => lane()));
}

/** By the account of the kernel, of what is in a machine and of what it keeps for it. */
async function heldMebibytes(machines: readonly ContainerInstance[]): Promise<number> {
  let bytes = 0;
  for (const each of machines) bytes += (await each.status(rig.call())).resources?.memoryBytes ?? 0;
  return bytes / machines.length / mebibyte;
}
