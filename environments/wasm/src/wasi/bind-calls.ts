import { argumentCalls } from "./calls/argument-calls.ts";
import { clockCalls } from "./calls/clock-calls.ts";
import { descriptorCalls } from "./calls/descriptor-calls.ts";
import { entryCalls } from "./calls/entry-calls.ts";
import { filestatCalls } from "./calls/filestat-calls.ts";
import { listingCalls } from "./calls/listing-calls.ts";
import { openCalls } from "./calls/open-calls.ts";
import { pollCalls } from "./calls/poll-calls.ts";
import { preopenCalls } from "./calls/preopen-calls.ts";
import { processCalls } from "./calls/process-calls.ts";
import { socketCalls } from "./calls/socket-calls.ts";
import { transferCalls } from "./calls/transfer-calls.ts";
import { WasiError } from "./errno.ts";
import { GuestEnded } from "./guest-end.ts";
import type { WasiCall, WasiCalls, WasiContext } from "./wasi-context.ts";

/** A function as WebAssembly imports it. */
export type BoundCall = (...values: readonly (number | bigint)[]) => number;

/** All functions of preview 1. */
export const wasiCalls: WasiCalls = {
  ...argumentCalls,
  ...clockCalls,
  ...descriptorCalls,
  ...entryCalls,
  ...filestatCalls,
  ...listingCalls,
  ...openCalls,
  ...pollCalls,
  ...preopenCalls,
  ...processCalls,
  ...socketCalls,
  ...transferCalls,
};

const entries = Object.entries(wasiCalls);

/** The functions for one run. */
export function bindCalls(context: WasiContext): Readonly<Record<string, BoundCall>> {
  const bound: Record<string, BoundCall> = {};
  for (const [name, call] of entries) bound[name] = bindCall(context, call);
  return bound;
}

/** No function has more values than this; a fixed number is faster than rest parameters. */
type Value = number | bigint;
type LooseCall = (context: WasiContext, ...values: Value[]) => number;

function bindCall(context: WasiContext, call: WasiCall): BoundCall {
  const loose = call as LooseCall;
  const bound = (
    a: Value,
    b: Value,
    c: Value,
    d: Value,
    e: Value,
    f: Value,
    g: Value,
    h: Value,
    i: Value,
  ): number => {
    if (context.ended !== undefined) throw new GuestEnded(context.ended);
    context.view.refresh();
    try {
      return loose(context, a, b, c, d, e, f, g, h, i);
    } catch (error) {
      if (error instanceof WasiError) return error.errno;
      throw error;
    }
  };
  return bound as BoundCall;
}
