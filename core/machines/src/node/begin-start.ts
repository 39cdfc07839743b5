import type { Clock } from "@bedplate/clock";
import type { ExecDriver, ExecRequest, KeyedCall } from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import { type MachineStart, readyMsMax } from "../machine-start.ts";

/** What a start is begun with. */
export interface StartGround {
  readonly exec: ExecDriver;
  readonly clock: Clock;
  /** Makes the call of one operation; the name is part of its key. */
  call(key: string, timeoutMs: number): KeyedCall;
  /** Whether the machine is still wanted to run. */
  isWanted(): boolean;
}

/** How often one asks whether the machine can be used, and how long one try may take. */
const readyEveryMs = 200;
const readyTryMs = 30_000;
const stepMs = 30_000;

/** Names the process of the command. */
const startTag = "start";

/**
 * Starts the command, once in an instance's life however often this is called, and answers when the
 * machine can be used: `ready`. `unwanted`: it is not known whether it can, and nobody waits for it.
 */
export async function beginStart(
  start: MachineStart,
  ground: StartGround,
): Promise<"ready" | "unwanted"> {
  const { exec, clock, call } = ground;
  const { command, ready, readyMs = readyMsMax } = start;
  // A node that died may have begun it: the machine knows.
  const earlier = (await exec.list(call("list", stepMs))).find(({ request }) => isStart(request));
  const request = { ...shell(command, start), tag: startTag };
  const begun = earlier ?? (await exec.start(request, call("start", stepMs)));
  // It ends with the process, or when its time is over.
  hear(begun.id, ground).catch(() => {});
  if (ready === undefined) return "ready";
  const giveUpAt = clock.monotonic() + readyMs;
  for (let tries = 0; ; tries++) {
    const timeoutMs = Math.min(readyTryMs, Math.max(1, giveUpAt - clock.monotonic()));
    const wish = { ...shell(ready, start), timeoutMs };
    const check = await exec.start(wish, call(`ready-${tries}`, stepMs));
    const { code } = await exec.wait({ process: check.id }, call("wait", 2 * readyTryMs));
    if (code === 0) return "ready";
    if (!ground.isWanted()) return "unwanted";
    await demandAlive(begun.id, ground);
    if (clock.monotonic() >= giveUpAt) throw notReady(`it was not ready within ${readyMs} ms`);
    await clock.sleep(readyEveryMs);
  }
}

/** One that ended well has started something that stays; one that failed will never be ready. */
async function demandAlive(process: string, { exec, call }: StartGround): Promise<void> {
  const all = await exec.list(call("look", stepMs));
  const exit = all.find(({ id }) => id === process)?.exit;
  if (exit === undefined || exit.code === 0) return;
  throw notReady(`it ended with ${exit.code ?? exit.signal ?? "no code"}`);
}

/** A process that nobody has ever listened to waits when it has written much: one reader has to come. */
async function hear(process: string, { exec, call }: StartGround): Promise<void> {
  for await (const _ of exec.output({ process }, call("hear", stepMs))) {
    // Whoever wants to know reads it anew.
  }
}

function isStart({ tag }: ExecRequest): boolean {
  return tag === startTag;
}

function shell(text: string, { user }: MachineStart) {
  return { argv: ["/bin/sh", "-c", text], ...(user !== undefined && { user }) };
}

function notReady(reason: string): Error {
  return raise("environment.unhealthy", {
    op: "machines.start",
    detail: { reason },
    message: `Cannot use what the machine runs at its start: ${reason}`,
  });
}
