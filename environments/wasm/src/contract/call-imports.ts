import { type Outcome, tightenBudget } from "@bedplate/environment";
import { trapped } from "../run/ending.ts";
import { copyGuestBytes, type Guest, guestBytes } from "../run/guest.ts";
import type { ContractRun } from "./contract-run.ts";
import { decodeText } from "./guest-text.ts";
import { fuelOf, hostCosts } from "./host-costs.ts";
import { type CallAnswer, crossCallsMax } from "./run-journal.ts";

/** Longest name of a target or an entry, in bytes. */
export const callNameBytesMax = 256;

/** Longest input of a cross-call, in bytes. */
export const callInputBytesMax: number = 1024 * 1024;

/** Frames that one cross-call counts in the depth budget, so that calls in a circle end. */
export const crossCallFrames = 64;

/** What `call` answers to the guest. */
const statusOf: Readonly<Record<Outcome["kind"], number>> = {
  returned: 0,
  reverted: 1,
  trapped: 2,
  exhausted: 3,
  refused: 4,
};

const empty = new Uint8Array();

interface CallTexts {
  readonly target: string;
  readonly entry: string;
  readonly input: Uint8Array;
}

/** A guest with the attempt that runs in it. */
export interface ContractGuest extends Guest {
  readonly attempt: ContractRun;
  /** Frames that the depth budget still has. */
  readonly framesLeft: number;
}

/** Host functions that run other artifacts. */
export function callImports(guest: ContractGuest): Readonly<Record<string, unknown>> {
  // The order of parameters is the guest's interface: pointer and length thrice, then fuel.
  const readTexts = (at: readonly number[]): CallTexts => {
    const [target = 0, targetLength = 0, entry = 0, entryLength = 0, input = 0, inputLength = 0] =
      at;
    const bytes = (targetLength >>> 0) + (entryLength >>> 0) + (inputLength >>> 0);
    guest.charge(fuelOf(hostCosts.call, bytes));
    const name = { max: callNameBytesMax, what: "the name of a call" };
    const inputRange = { at: input, length: inputLength, max: callInputBytesMax, what: "an input" };
    return {
      target: decodeText(
        guest,
        copyGuestBytes(guest, { at: target, length: targetLength, ...name }),
      ),
      entry: decodeText(guest, copyGuestBytes(guest, { at: entry, length: entryLength, ...name })),
      input: copyGuestBytes(guest, inputRange),
    };
  };
  const make =
    (isStatic: boolean) =>
    (...values: readonly (number | bigint)[]) => {
      const fuel = BigInt.asUintN(64, values[6] as bigint);
      const texts = readTexts(values.slice(0, 6) as readonly number[]);
      return callOther(guest, { run: guest.attempt, texts, fuel, isStatic });
    };
  return {
    call: make(false),
    call_static: make(true),
    call_output_length: () => {
      guest.charge(fuelOf(hostCosts.callOutputLength));
      return outputOf(guest.attempt.lastAnswer).length;
    },
    call_output_read: (at: number, offset: number, length: number) => {
      guest.charge(fuelOf(hostCosts.callOutputRead, length >>> 0));
      const output = outputOf(guest.attempt.lastAnswer);
      const [start, end] = [offset >>> 0, (offset >>> 0) + (length >>> 0)];
      if (end > output.length) guest.end(trapped("out of bounds call output"));
      guestBytes(guest, at, length).set(output.subarray(start, end));
    },
  };
}

/** The journal's answer; where it has none yet, the attempt ends to get one. */
function callOther(
  guest: ContractGuest,
  ask: {
    readonly run: ContractRun;
    readonly texts: CallTexts;
    readonly fuel: bigint;
    readonly isStatic: boolean;
  },
): number {
  const { run, texts, isStatic } = ask;
  if (run.isInitialisation) guest.end(trapped("a call was made while the module began"));
  if (run.invocation.call === undefined) guest.end(trapped("there is nothing to call"));
  if (run.callsMade >= crossCallsMax) guest.end(trapped("too many calls"));
  const depth = guest.framesLeft - crossCallFrames;
  if (depth < 0) return accept(run, { outcome: { kind: "exhausted", meter: "depth" }, fuel: 0 });
  const answer = run.journal.answers[run.callsMade];
  if (answer === undefined) {
    const most = spareFuel(guest.fuelLeft());
    const fuel = ask.fuel < BigInt(most) ? Number(ask.fuel) : most;
    const { memoryBytes, wallMs } = run.invocation.budget;
    const outputBytes = callInputBytesMax;
    const budget = tightenBudget({ fuel, depth, outputBytes }, { memoryBytes, wallMs });
    return guest.end({ kind: "call", request: { ...texts, budget, isStatic } });
  }
  run.callsMade += 1;
  guest.charge(answer.fuel);
  return accept(run, answer);
}

/** A 64th stays with the caller, so that it can deal with a callee that used all (as in EIP-150). */
function spareFuel(left: number): number {
  return left - Math.ceil(left / 64);
}

function accept(run: ContractRun, answer: CallAnswer): number {
  run.lastAnswer = answer;
  return statusOf[answer.outcome.kind];
}

function outputOf(answer: CallAnswer | undefined): Uint8Array {
  return answer !== undefined && "output" in answer.outcome ? answer.outcome.output : empty;
}
