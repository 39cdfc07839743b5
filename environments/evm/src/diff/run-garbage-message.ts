import type { MessageResult } from "../engine.ts";
import { EventLoopTurns } from "../event-loop-turns.ts";
import { forkNames, forkOf } from "../forks/fork.ts";
import type { OpenEngine } from "../open-engine.ts";
import { runCode } from "../run/run-code.ts";
import { Dice } from "./dice.ts";
import type { GarbageReport } from "./run-garbage.ts";

export interface GarbageMessageOptions {
  readonly engine: Pick<OpenEngine, "messages" | "crypto">;
  readonly seed: number;
  readonly count: number;
  readonly signal?: AbortSignal | undefined;
}

/** Most faults that a report lists. */
const faultsMax = 20;
const gas = 200_000n;
const sender = new Uint8Array(20).fill(0x5e);
const target = new Uint8Array(20).fill(0xc0);

/**
 * Runs random bytes as code without a transaction around it, as `evm run` does: each end is one that a message
 * has, a failure says by which rule, takes all gas, and has changed nothing.
 */
export async function runGarbageMessages(options: GarbageMessageOptions): Promise<GarbageReport> {
  const ends: Record<string, number> = {};
  const faults: { index: number; problem: string }[] = [];
  const turns = new EventLoopTurns(options.signal);
  for (let index = 0; index < options.count; index++) {
    await turns.give();
    const { end, problem } = await endOf(new Dice(options.seed, index), options.engine);
    ends[end] = (ends[end] ?? 0) + 1;
    if (problem !== undefined && faults.length < faultsMax) faults.push({ index, problem });
  }
  return { ends, faults };
}

interface End {
  readonly end: string;
  readonly problem?: string | undefined;
}

async function endOf(dice: Dice, engine: GarbageMessageOptions["engine"]): Promise<End> {
  const run = {
    fork: forkOf(dice.percent(40) ? "osaka" : dice.pick(forkNames)),
    code: garbageCode(dice),
    input: dice.bytes(dice.below(40)),
    gas,
    value: 0n,
    gasPrice: 1n,
    sender,
    to: target,
    isCreation: dice.percent(20),
    accounts: [],
  };
  try {
    const result = await runCode(run, engine);
    const end = result.kind === "failure" ? (result.failure ?? "failure") : result.kind;
    return { end, problem: problemOf(result) };
  } catch (error) {
    return { end: "crashed", problem: String(error).slice(0, 200) };
  }
}

/** Half of it finds some items on the stack, and so gets further. */
function garbageCode(dice: Dice): Uint8Array {
  const body = dice.bytes(1 + dice.below(dice.pick([8, 64, 400])));
  const pushes = dice.percent(50) ? 0 : 1 + dice.below(16);
  const head = Array.from({ length: pushes }, () => [0x60, dice.below(256)]).flat();
  return Uint8Array.of(...head, ...body);
}

function problemOf({ kind, failure, gasLeft, gasRefund, output, logs, changes }: MessageResult) {
  if (gasLeft < 0n || gasLeft > gas) return `it has ${gasLeft} gas left`;
  if (kind === "success") return undefined;
  if (kind === "stopped") return "it was stopped";
  const { accounts, destroyed, storage } = changes;
  if (accounts.length + destroyed.length + storage.length + logs.length > 0 || gasRefund !== 0n)
    return "it failed and has changed something";
  if (kind === "revert") return undefined;
  if (failure === undefined) return "it failed and does not say why";
  return gasLeft === 0n && output.length === 0 ? undefined : "it failed and gives something back";
}
