import type { StartPlan } from "../template.ts";
import { readyMsMax } from "../template-limits.ts";
import type { TemplatesModules } from "../templates-modules.ts";
import type { BuildMachine } from "./build-machine.ts";
import { demandSuccess, StepFailure } from "./step-failure.ts";

/** How often the ready check is tried again, and how long one try may take. */
const readyEveryMs = 500;
const readyTryMs = 30_000;

/** How long a start command without a ready check is watched for ending badly. */
const startWatchMs = 1_000;

/** Runs the start command as a machine of the template will, and waits until it is ready. */
export async function checkStart(
  machine: BuildMachine,
  plan: StartPlan,
  options: {
    readonly clock: TemplatesModules["clock"];
    readonly user: string | undefined;
    readonly cwd: string | undefined;
    readonly signal: AbortSignal;
    onOutput(output: {
      readonly stream: "stdout" | "stderr" | "tty";
      readonly data: Uint8Array;
      readonly at: number;
    }): void;
  },
): Promise<void> {
  const { clock, user, cwd, signal, onOutput } = options;
  const { ready, readyMs = readyMsMax } = plan;
  const shared = { user, cwd };
  const argv = ["/bin/sh", "-c", plan.command];
  const watched = new AbortController();
  const started = machine
    .run({ ...shared, argv, timeoutMs: readyMs + readyTryMs, onOutput })
    .then((end) => demandSuccess(end, "the start command"));
  // It is heard of below, or its machine has gone by then.
  started.catch(() => {});
  const failed = started.then(() => clock.sleep(readyMs, { signal: watched.signal }));
  failed.catch(() => {});
  try {
    if (ready === undefined) {
      await Promise.race([failed, clock.sleep(startWatchMs, { signal })]);
      return;
    }
    const giveUpAt = clock.monotonic() + readyMs;
    for (;;) {
      const check = ["/bin/sh", "-c", ready];
      const { code } = await Promise.race([
        machine.run({ ...shared, argv: check, timeoutMs: readyTryMs }),
        failed.then(() => ({ code: null })),
      ]);
      if (code === 0) return;
      if (clock.monotonic() > giveUpAt)
        throw new StepFailure(`the ready check did not succeed within ${readyMs} ms`);
      await clock.sleep(readyEveryMs, { signal });
    }
  } finally {
    watched.abort();
  }
}
