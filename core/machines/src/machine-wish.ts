import { raise } from "@bedplate/errors";
import type { DesiredState, Machine } from "./machine.ts";
import type { MachineEventKind } from "./machine-event.ts";
import type { MachineChange } from "./machine-store.ts";

/** A change of what is wanted. */
export interface Wish {
  readonly desired: DesiredState;
  readonly now: number;
  /** How long it may live from now on; for a machine that is to run. */
  readonly ttlMs?: number | undefined;
  /** Told beside the wish itself, for example `expired`. */
  readonly because?: MachineEventKind | undefined;
}

const asked: { readonly [D in DesiredState]: MachineEventKind } = {
  running: "resume-asked",
  paused: "pause-asked",
  stopped: "stop-asked",
  deleted: "delete-asked",
};

/** The machine with another wish; undefined where that is its wish already. Deletion is final. */
export function wish(
  machine: Machine,
  { desired, now, ttlMs, because }: Wish,
): MachineChange | undefined {
  const { observed, generation } = machine;
  const isFailed = observed.state === "failed" && observed.generation >= generation;
  if (machine.desired === "deleted") {
    if (desired === "deleted") return undefined;
    throw illegal(machine, desired);
  }
  if (desired === "paused" && (machine.desired === "stopped" || isFailed)) {
    throw illegal(machine, desired);
  }
  if (machine.desired === desired && !(isFailed && desired === "running")) return undefined;
  const events = [because, asked[desired]].flatMap((kind) =>
    kind === undefined ? [] : [{ kind }],
  );
  return {
    machine: {
      ...machine,
      desired,
      generation: generation + 1,
      lifetime: lifetimeAfter(machine, { desired, now, ttlMs }),
      restarts: 0,
    },
    events,
  };
}

/** A machine that stands still does not expire again; one that goes on gets its time anew. */
function lifetimeAfter(
  { lifetime }: Machine,
  { desired, now, ttlMs = lifetime.ttlMs }: Pick<Wish, "desired" | "now" | "ttlMs">,
): Machine["lifetime"] {
  const { expiresAt: _expiresAt, ttlMs: _ttlMs, ...rest } = lifetime;
  const kept = ttlMs === undefined ? rest : { ...rest, ttlMs };
  if (desired !== "running" || ttlMs === undefined) return kept;
  return { ...kept, expiresAt: now + ttlMs };
}

function illegal({ id, desired, observed }: Machine, to: DesiredState): Error {
  const is = desired === "deleted" ? "deleted" : observed.state;
  return raise("phase.illegal", {
    op: "machines.change",
    subject: `machine/${id}`,
    detail: { op: to, phase: is },
    message: `Cannot have machine/${id} ${to}: it is ${is}`,
  });
}
