/**
 * What the agent costs on one host, over a Unix socket: an exec from asking to its exit, a stat, a
 * ping, and how fast files come and go. `node apps/guest/bench/agent.bench.ts`.
 */
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { quantile, reportBench } from "@bedplate/testkit";
import { bytesOf, startAgent } from "../test/support/agent.ts";

const rounds = 500;
const fileBytes = 64 * 1024 * 1024;

await using agent = await startAgent();
await using guest = await agent.connect();
const rows: (string | number)[][] = [];

async function measure(name: string, work: () => Promise<unknown>): Promise<void> {
  for (let warm = 0; warm < 50; warm++) await work();
  const took: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    await work();
    took.push(performance.now() - start);
  }
  rows.push([name, quantile(took, 0.5), quantile(took, 0.99), Math.min(...took)]);
}

async function drain(stream: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0;
  for await (const chunk of stream) bytes += chunk.length;
  return bytes;
}

await measure("ping", () => guest.ping());
await measure("exec /bin/true, to its exit", async () => {
  const started = await guest.processes.start({ argv: ["/bin/true"] });
  await started.exit;
});
await measure("exec /bin/echo, with its output", async () => {
  const started = await guest.processes.start({ argv: ["/bin/echo", "hello"] });
  await drain(started.stdout);
  await started.exit;
});
await measure("spawn of /bin/true by Node itself", async () => {
  const child = spawn("/bin/true", { stdio: ["ignore", "pipe", "pipe"] });
  await new Promise((resolve) => child.once("close", resolve));
});
await measure("stat", () => guest.files.stat("/etc/passwd"));

const folder = `${agent.path}/files`;
mkdirSync(folder);
const block = Buffer.alloc(64 * 1024, 7);
const speed = async (name: string, work: () => Promise<unknown>) => {
  const took: number[] = [];
  for (let round = 0; round < 5; round++) {
    const start = performance.now();
    await work();
    took.push(performance.now() - start);
  }
  rows.push([name, quantile(took, 0.5), Math.max(...took), Math.min(...took)]);
};
const blocks = Array.from({ length: fileBytes / block.length }, () => block);
await speed("write 64 MiB", () => guest.files.write(`${folder}/big`, bytesOf(...blocks)));
await speed("read 64 MiB", async () => drain((await guest.files.read(`${folder}/big`)).body));
await speed("output of 64 MiB by a process", async () => {
  const started = await guest.processes.start({ argv: ["/bin/cat", `${folder}/big`] });
  await drain(started.stdout);
  await started.exit;
});

reportBench("apps/guest/agent", {
  columns: ["operation", "median ms", "p99 ms", "lowest ms"],
  rows,
  notes: [`${rounds} rounds each, one at a time; the 64 MiB five times, with the slowest as p99.`],
});
