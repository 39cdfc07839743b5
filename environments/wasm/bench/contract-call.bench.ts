/**
 * What a contract call costs through everything that guards it (phase, checks, pooled instance,
 * meters, deadline, receipt), against calling the same export directly.
 *
 * Both are asynchronous calls of the same contract: the direct one awaits a resolved promise, for a
 * caller of an asynchronous API waits for a turn in any case.
 */
import { readFileSync } from "node:fs";
import type { Invocation } from "@bedplate/environment";
import { engine } from "@bedplate/wasm-module";
import { openBench } from "./open-bench.ts";

const warmUps = 20_000;
const rounds = 40_000;

const artifact = readFileSync(new URL("../../../examples/contracts/counter.wasm", import.meta.url));
const input = new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0]);

async function openGate(): Promise<() => Promise<unknown>> {
  const run = await openBench(artifact);
  const invocation: Partial<Invocation> = {
    entry: "add",
    input,
    budget: { fuel: 1_000_000, wallMs: 1_000, memoryBytes: 1024 * 1024, outputBytes: 1024 },
    reads: { peek: () => input, load: async () => {} },
  };
  return () => run(invocation);
}

/** The same contract with the plainest host functions that give the same result. */
function openDirect(): () => Promise<unknown> {
  let output = new Uint8Array();
  const state = new Map<string, Uint8Array>([["count", input]]);
  const bytes = (at: number, length: number) =>
    new Uint8Array((instance.exports["memory"] as { buffer: ArrayBuffer }).buffer, at, length);
  const name = (at: number, length: number) => Buffer.from(bytes(at, length)).toString("latin1");
  const instance = new engine.Instance(new engine.Module(artifact), {
    bedplate: {
      input_length: () => input.length,
      input_read: (at: number, from: number, length: number) =>
        bytes(at, length).set(input.subarray(from, from + length)),
      output: (at: number, length: number) => {
        output = bytes(at, length).slice();
      },
      revert: () => {},
      state_read: (keyAt: number, keyLength: number, at: number) => {
        const value = state.get(name(keyAt, keyLength));
        if (value !== undefined) bytes(at, value.length).set(value);
        return value?.length ?? -1;
      },
      state_write: (keyAt: number, keyLength: number, at: number, length: number) => {
        state.set(name(keyAt, keyLength), bytes(at, length).slice());
      },
      event: () => {},
    },
  });
  const add = instance.exports["add"] as () => void;
  return async () => {
    add();
    return output;
  };
}

async function measure(run: () => Promise<unknown>): Promise<readonly number[]> {
  for (let i = 0; i < warmUps; i++) await run();
  const times = new Float64Array(rounds);
  for (let i = 0; i < rounds; i++) {
    const startedAt = process.hrtime.bigint();
    await run();
    times[i] = Number(process.hrtime.bigint() - startedAt) / 1000;
  }
  return [...times.sort()];
}

function row(what: string, times: readonly number[]): string {
  const at = (share: number) => (times[Math.floor(times.length * share)] ?? 0).toFixed(2);
  return `| ${what} | ${at(0.5)} | ${at(0.99)} |`;
}

const direct = await measure(openDirect());
const gated = await measure(await openGate());
const extra = (gated[rounds / 2] ?? 0) - (direct[rounds / 2] ?? 0);
const lines = [
  "| contract call | median us | p99 us |",
  "|---|---|---|",
  row("direct export call", direct),
  row("through the gate, with receipt", gated),
  `\nThe gate adds ${extra.toFixed(2)} us (median of ${rounds}).`,
];
process.stdout.write(`${lines.join("\n")}\n`);
