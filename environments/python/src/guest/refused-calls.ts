import { errorNumber } from "./error-number.ts";
import { GuestEnd } from "./guest-end.ts";
import type { ImportFunction } from "./guest-state.ts";

/** Sockets: the guest is told that there is no such address family. */
const socketCall =
  /^__syscall_(accept4|bind|connect|getpeername|getsockname|getsockopt|listen|recvfrom|recvmsg|sendmsg|sendto|socket)$/;

/**
 * Questions whether the bridge to JavaScript would take a call over; null (0 where a number is
 * expected) says no, and the plain system call follows. The last one is asked once, at the start.
 */
const bridgeQuestion = /^(_try_\w+|_maybe_\w+_async|__hiwire_deduplicate_new)$/;

/**
 * The function behind every import that has no other: socket calls fail with an error number, the
 * rest (the whole bridge to JavaScript among them) ends the run. So the bridge has no code here
 * that a guest could misuse.
 */
export function refusedCall(name: string): ImportFunction {
  if (socketCall.test(name)) return () => -errorNumber.EAFNOSUPPORT;
  if (bridgeQuestion.test(name)) return () => null;
  return () => {
    throw new GuestEnd({ kind: "trap", reason: `refused host function ${name}` });
  };
}
