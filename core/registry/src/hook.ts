import type { Clock } from "@bedplate/clock";
import { type Call, newCall, withDeadline } from "@bedplate/environment";

/** How long one lifecycle hook may take. */
export const hookTimeoutMs = 10_000;

/** Runs a plug-in's hook with its deadline; a plug-in without it has nothing to say. */
export async function runHook(
  name: string,
  options: {
    readonly clock: Clock;
    readonly principal: string;
    readonly work: ((call: Call) => Promise<void>) | undefined;
  },
): Promise<void> {
  const { clock, principal, work } = options;
  if (work === undefined) return;
  const now = () => clock.now();
  const call = newCall({ principal, timeoutMs: hookTimeoutMs, now });
  await withDeadline(work(call), { op: `hook.${name}`, call, now });
}
