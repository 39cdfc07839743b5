import { argumentCalls } from "./calls/argument-calls.ts";
import { clockCalls } from "./calls/clock-calls.ts";
import { descriptorCalls } from "./calls/descriptor-calls.ts";
import { entryCalls } from "./calls/entry-calls.ts";
import { filestatCalls, filestatReadCalls } from "./calls/filestat-calls.ts";
import { writeFilestat, writeUnstableFilestat } from "./calls/filestat-layout.ts";
import { listingCalls } from "./calls/listing-calls.ts";
import { openCalls } from "./calls/open-calls.ts";
import { pollCalls } from "./calls/poll-calls.ts";
import { pollLayout, unstablePollLayout } from "./calls/poll-layout.ts";
import { preopenCalls } from "./calls/preopen-calls.ts";
import { processCalls } from "./calls/process-calls.ts";
import { socketCalls } from "./calls/socket-calls.ts";
import { seekUnstable, transferCalls } from "./calls/transfer-calls.ts";
import { WasiError } from "./errno.ts";
import { GuestEnded } from "./guest-end.ts";
import type { WasiCall, WasiCalls, WasiContext } from "./wasi-context.ts";

/** A function as WebAssembly imports it. */
export type BoundCall = (...values: readonly (number | bigint)[]) => number;

/** Names and functions, listed once for all runs. */
export type CallList = readonly (readonly [name: string, call: WasiCall])[];

/** What preview 1 and its predecessor have in common. */
const commonCalls: WasiCalls = {
  ...argumentCalls,
  ...clockCalls,
  ...descriptorCalls,
  ...entryCalls,
  ...filestatCalls,
  ...listingCalls,
  ...openCalls,
  ...preopenCalls,
  ...processCalls,
  ...socketCalls,
  ...transferCalls,
};

/** All functions of preview 1: `wasi_snapshot_preview1`. */
export const previewCalls: CallList = Object.entries({
  ...commonCalls,
  ...filestatReadCalls(writeFilestat),
  ...pollCalls(pollLayout),
});

/** All functions of its predecessor, `wasi_unstable`, which old compilers still name. */
export const unstableCalls: CallList = Object.entries({
  ...commonCalls,
  ...filestatReadCalls(writeUnstableFilestat),
  ...pollCalls(unstablePollLayout),
  fd_seek: seekUnstable,
});

/** The functions for one run. */
export function bindCalls(
  context: WasiContext,
  calls: CallList,
): Readonly<Record<string, BoundCall>> {
  const bound: Record<string, BoundCall> = {};
  for (const [name, call] of calls) bound[name] = bindCall(context, call);
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
