import { errno, fail } from "../errno.ts";
import type { GuestView } from "../guest-view.ts";

/** What a guest waits for. `tag` is the number of the kind. */
export type PollSubscription =
  | {
      readonly kind: "clock";
      readonly tag: number;
      readonly userData: bigint;
      readonly clock: number;
      readonly timeoutNs: bigint;
      readonly isAbsolute: boolean;
    }
  | {
      readonly kind: "read" | "write";
      readonly tag: number;
      readonly userData: bigint;
      readonly fd: number;
    };

const clockTag = 0;
const readTag = 1;
const writeTag = 2;

/** Where a clock's members are within a subscription. */
export interface PollLayout {
  /** The size of one subscription. */
  readonly bytes: number;
  readonly clock: number;
  readonly timeout: number;
  readonly flags: number;
}

/** As preview 1 has it. */
export const pollLayout: PollLayout = { bytes: 48, clock: 16, timeout: 24, flags: 40 };

/** As `wasi_unstable` had it: an identifier comes before the clock. */
export const unstablePollLayout: PollLayout = { bytes: 56, clock: 24, timeout: 32, flags: 48 };

/** Reads a subscription from the guest's memory. */
export function readSubscription(
  view: GuestView,
  at: number,
  layout: PollLayout,
): PollSubscription {
  view.place(at, layout.bytes);
  const userData = view.u64(at);
  const tag = view.u8(at + 8);
  if (tag === clockTag) {
    return {
      kind: "clock",
      tag,
      userData,
      clock: view.u32(at + layout.clock),
      timeoutNs: view.u64(at + layout.timeout),
      isAbsolute: (view.u16(at + layout.flags) & 1) !== 0,
    };
  }
  if (tag !== readTag && tag !== writeTag) fail(errno.inval);
  return { kind: tag === readTag ? "read" : "write", tag, userData, fd: view.u32(at + 16) };
}
