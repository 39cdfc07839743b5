import fc from "fast-check";
import { expect, test } from "vitest";
import { decide, type Machine, type Seen, type Step } from "../src/index.ts";
import { wish } from "../src/machine-wish.ts";

/** A machine and its node as a model: what steps do, what crashes and callers do in between. */
interface World {
  machine: Machine;
  seen: Seen;
  /** Its node gives up its machines; the next one keeps them. */
  isLeaving: boolean;
}

const desired = ["running", "paused", "stopped", "deleted"] as const;
type Move =
  | { readonly kind: "wish"; readonly to: (typeof desired)[number] }
  | { readonly kind: "step" | "crash" | "end" | "vanish" | "drain" };

const moves: fc.Arbitrary<readonly Move[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constant<Move>({ kind: "step" }) },
    { weight: 2, arbitrary: fc.constantFrom(...desired).map((to): Move => ({ kind: "wish", to })) },
    {
      weight: 1,
      arbitrary: fc.constantFrom<Move>(
        { kind: "crash" },
        { kind: "end" },
        { kind: "vanish" },
        { kind: "drain" },
      ),
    },
  ),
  { maxLength: 60 },
);
const policies = fc.record({
  when: fc.constantFrom("never" as const, "on-failure" as const),
  max: fc.integer({ min: 0, max: 3 }),
});

const seed = Number(process.env["SEED"] ?? Date.now() % 2 ** 31);

test(`a healthy machine is ended only where that is wanted (seed ${seed})`, () => {
  fc.assert(
    fc.property(moves, policies, (all, restart) => {
      const world = newWorld(restart);
      for (const move of all) apply(world, move);
    }),
    { seed, numRuns: 2_000 },
  );
});

test(`without disturbance every wish is fulfilled in few steps (seed ${seed})`, () => {
  fc.assert(
    fc.property(moves, policies, (all, restart) => {
      const world = newWorld(restart);
      for (const move of all) apply(world, move);
      let steps = 0;
      while (nextStep(world) !== "nothing") {
        expect(++steps).toBeLessThan(12);
        apply(world, { kind: "step" });
        if (world.machine.observed.state === "deleted") return;
      }
      const { observed, desired: wanted } = world.machine;
      expect([wanted, "failed"]).toContain(observed.state);
      if (observed.state === "running" || observed.state === "paused") {
        expect(world.seen).toEqual({ kind: "alive", phase: observed.state });
      }
      if (observed.state === "stopped") expect(world.seen.kind).toBe("none");
    }),
    { seed, numRuns: 2_000 },
  );
});

function newWorld(restart: Machine["restart"]): World {
  const machine = {
    id: "m1",
    project: "p",
    lifetime: { onExpiry: "delete", resumesOnTraffic: false },
    restart,
    restarts: 0,
    desired: "running",
    generation: 1,
    observed: { state: "scheduled", at: 0, generation: 1 },
  } as unknown as Machine;
  return { machine, seen: { kind: "none" }, isLeaving: false };
}

function nextStep({ machine, seen, isLeaving }: World): Step {
  return decide(machine, seen, { now: 0, isLeaving });
}

function apply(world: World, move: Move): void {
  const { machine } = world;
  if (machine.observed.state === "deleted") return;
  const isOnRecord = world.machine.instance !== undefined;
  switch (move.kind) {
    case "wish":
      try {
        world.machine = wish(machine, { desired: move.to, now: 0 })?.machine ?? machine;
      } catch {
        // Refused: nothing changes.
      }
      return;
    case "crash":
      // A restart finds the same instances.
      return;
    case "end":
      if (world.seen.kind === "alive") world.seen = { kind: "ended" };
      return;
    case "vanish":
      world.seen = isOnRecord ? { kind: "lost" } : { kind: "none" };
      return;
    case "drain":
      world.isLeaving = true;
      return;
    case "step":
      takeStep(world, nextStep(world));
  }
}

function tell(world: World, state: Machine["observed"]["state"], held?: boolean): void {
  const { machine } = world;
  const { instance: _before, ...rest } = machine;
  const kept = held === undefined ? machine.instance : held ? ({} as never) : undefined;
  world.machine = {
    ...rest,
    ...(kept !== undefined && { instance: kept }),
    observed: { state, at: 0, generation: machine.generation },
  };
}

function takeStep(world: World, step: Step): void {
  const { seen, machine } = world;
  const isHealthy = seen.kind === "alive";
  const ends = ["halt", "destroy", "restart", "fail"].includes(step);
  if (isHealthy && ends) expect(["stopped", "deleted"]).toContain(machine.desired);
  if (step === "create") expect(seen.kind).toBe("none");
  switch (step) {
    case "create":
    case "start":
      expect(["running", "paused"]).toContain(machine.desired);
      world.seen = { kind: "alive", phase: "running" };
      tell(world, "running", true);
      return;
    case "tell-running":
      expect(seen).toEqual({ kind: "alive", phase: "running" });
      tell(world, "running", true);
      return;
    case "tell-paused":
    case "pause":
      world.seen = { kind: "alive", phase: "paused" };
      tell(world, "paused");
      return;
    case "resume":
      world.seen = { kind: "alive", phase: "running" };
      tell(world, "running", true);
      return;
    case "halt":
    case "destroy":
      world.seen = { kind: "none" };
      tell(world, machine.desired === "deleted" ? "deleted" : "stopped", false);
      return;
    case "restart":
      world.seen = { kind: "none" };
      tell(world, "preparing", false);
      world.machine = { ...world.machine, restarts: machine.restarts + 1 };
      expect(world.machine.restarts).toBeLessThanOrEqual(machine.restart.max);
      return;
    case "fail":
      world.seen = { kind: "none" };
      tell(world, "failed", false);
      return;
    case "move":
      // What is to run goes on elsewhere; what ended by itself is not carried along.
      expect(world.isLeaving).toBe(true);
      expect(["running", "paused"]).toContain(machine.desired);
      expect(["alive", "none"]).toContain(seen.kind);
      world.seen = { kind: "none" };
      world.isLeaving = false;
      tell(world, "scheduled", false);
      return;
    case "tell-stopped":
      world.seen = { kind: "none" };
      tell(world, "stopped", false);
      return;
    case "tell-deleted":
      expect(seen.kind === "none" || seen.kind === "lost").toBe(true);
      tell(world, "deleted", false);
      return;
    case "nothing":
  }
}
