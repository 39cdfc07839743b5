import { errno, fail } from "../errno.ts";
import type { GuestView } from "../guest-view.ts";

/** The size of one subscription, in bytes. */
export const subscriptionBytes = 48;

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

/** Reads a subscription from the guest's memory. */
export function readSubscription(view: GuestView, at: number): PollSubscription {
  view.place(at, subscriptionBytes);
  const userData = view.u64(at);
  const tag = view.u8(at + 8);
  if (tag === clockTag) {
    return {
      kind: "clock",
      tag,
      userData,
      clock: view.u32(at + 16),
      timeoutNs: view.u64(at + 24),
      isAbsolute: (view.u16(at + 40) & 1) !== 0,
    };
  }
  if (tag !== readTag && tag !== writeTag) fail(errno.inval);
  return { kind: tag === readTag ? "read" : "write", tag, userData, fd: view.u32(at + 16) };
}
