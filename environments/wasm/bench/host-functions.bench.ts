/**
 * Time and fuel of each contract host function. A unit of fuel is meant to stand for about 0.1 ns of
 * compiled code; a function whose units take much longer than that is too cheap.
 */
import { hostFunctions } from "./assembled.ts";
import { openBench } from "./open-bench.ts";

const callsPerRun = 1_000;
const runs = 200;

const names = [
  "input_length",
  "input_read",
  "output",
  "state_read",
  "state_write",
  "state_delete",
  "event",
  "now",
  "seed",
] as const;

const run = await openBench(hostFunctions);
const reads = { peek: () => new Uint8Array(32), load: async () => {} };

async function measure(entry: string): Promise<{ readonly ns: number; readonly fuel: number }> {
  const times: number[] = [];
  let fuel = 0;
  for (let i = 0; i < runs; i++) {
    const { usage } = await run({ entry, input: new Uint8Array(32), reads });
    times.push((usage.cpuMs * 1e6) / callsPerRun);
    fuel = usage.fuel / callsPerRun;
  }
  return { ns: times.sort((a, b) => a - b)[runs / 2] ?? 0, fuel };
}

const lines = [
  "| host function | ns per call | fuel per call | ns per unit |",
  "|---|---|---|---|",
];
const nothing = await measure("nothing");
for (const name of names) {
  const { ns, fuel } = await measure(name);
  const [time, units] = [ns - nothing.ns, fuel - nothing.fuel];
  lines.push(
    `| ${name} | ${time.toFixed(0)} | ${units.toFixed(0)} | ${(time / units).toFixed(2)} |`,
  );
}
process.stdout.write(`${lines.join("\n")}\n`);
