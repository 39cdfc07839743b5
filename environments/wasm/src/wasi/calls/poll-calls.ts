import { errno, fail } from "../errno.ts";
import { right } from "../rights.ts";
import type { WasiCalls, WasiContext } from "../wasi-context.ts";
import { subscriptionUnits } from "../work-units.ts";
import { readClock } from "./clock-calls.ts";
import { type PollLayout, type PollSubscription, readSubscription } from "./poll-layout.ts";

const eventBytes = 32;
/** Subscriptions of one call, at most. */
const subscriptionsMax = 4096;
const hangup = 1;
/** Waits are no longer than this: some 292 years. */
const waitNsMax = 2n ** 63n - 1n;

/** Waiting, with subscriptions in a layout. */
export function pollCalls(layout: PollLayout): WasiCalls {
  return {
    poll_oneoff(
      context: WasiContext,
      subscriptions: number,
      events: number,
      count: number,
      result: number,
    ): number {
      if (count === 0 || count >>> 0 > subscriptionsMax) fail(errno.inval);
      const { view } = context;
      view.place(events, count * eventBytes);
      view.place(result, 4);
      context.spend(count * subscriptionUnits);
      const all = Array.from({ length: count }, (_, index) =>
        readSubscription(view, subscriptions + index * layout.bytes, layout),
      );
      const ready = readyEvents(context, all);
      ready.forEach((event, index) => {
        writeEvent(context, events + index * eventBytes, event);
      });
      view.setU32(result, ready.length);
      return errno.success;
    },
  };
}

interface PollEvent {
  readonly subscription: PollSubscription;
  readonly error: number;
  readonly bytes: number;
  readonly flags: number;
}

/**
 * Files and streams in memory are always ready, so only a poll of clocks alone waits: until the
 * first of them is due.
 */
function readyEvents(context: WasiContext, all: readonly PollSubscription[]): PollEvent[] {
  const onDescriptors = all.filter((each) => each.kind !== "clock");
  const waits = all.map((each) => waitOf(context, each));
  const shortest = waits.reduce(least, onDescriptors.length > 0 ? 0n : waitNsMax);
  if (shortest > 0n) context.clock.wait(shortest);
  return all.flatMap((each, index) => {
    if (each.kind !== "clock") return [descriptorEvent(context, each)];
    return (waits[index] ?? waitNsMax) <= shortest ? [eventOf(each)] : [];
  });
}

/** How long until a clock is due; descriptors do not decide it. */
function waitOf(context: WasiContext, subscription: PollSubscription): bigint {
  if (subscription.kind !== "clock") return waitNsMax;
  const now = readClock(context, subscription.clock);
  const wait = subscription.isAbsolute ? subscription.timeoutNs - now : subscription.timeoutNs;
  return least(wait > 0n ? wait : 0n, waitNsMax);
}

function descriptorEvent(
  { descriptors }: WasiContext,
  subscription: Extract<PollSubscription, { fd: number }>,
): PollEvent {
  const descriptor = descriptors.find(subscription.fd);
  if (descriptor === undefined) return eventOf(subscription, { error: errno.badf });
  const isReading = subscription.kind === "read";
  const needed = right.pollFdReadwrite | (isReading ? right.fdRead : right.fdWrite);
  if ((descriptor.rights & needed) !== needed) {
    return eventOf(subscription, { error: errno.notcapable });
  }
  const { inode, position } = descriptor;
  if (!isReading || inode.kind !== "file") return eventOf(subscription);
  const bytes = Math.max(0, inode.content.size - position);
  return eventOf(subscription, { bytes, flags: bytes === 0 ? hangup : 0 });
}

function eventOf(
  subscription: PollSubscription,
  found: Partial<Omit<PollEvent, "subscription">> = {},
): PollEvent {
  return { subscription, error: errno.success, bytes: 0, flags: 0, ...found };
}

function writeEvent({ view }: WasiContext, at: number, event: PollEvent): void {
  view.setU64(at, event.subscription.userData);
  view.setU16(at + 8, event.error);
  view.setU16(at + 10, event.subscription.tag);
  view.setU32(at + 12, 0);
  view.setU64(at + 16, BigInt(event.bytes));
  view.setU64(at + 24, BigInt(event.flags));
}

function least(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}
