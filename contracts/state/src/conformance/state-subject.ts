import { systemClock } from "@bedplate/clock";
import { type OpenedTarget, overriding } from "@bedplate/conformance";
import type { StateDriver } from "../state-driver.ts";
import { StateStore } from "../state-store.ts";
import { CallFaults } from "./call-faults.ts";
import type { StateClock, StateKit } from "./state-case.ts";

/** What a harness knows of a place where state is kept. */
export interface StateSubject {
  /** Opens the place, each time as another process would. */
  readonly openDriver: () => Promise<StateDriver>;
  readonly seed: string;
  /** Breaks the driver on purpose. */
  readonly wrap?: ((driver: StateDriver) => StateDriver) | undefined;
  /** The driver's time, when the harness can move it. Default: the machine's. */
  readonly virtualClock?: StateClock | undefined;
  /** Controls that the harness has, or has better ones of. */
  readonly controls?: ((opened: OpenedStore) => Partial<StateKit>) | undefined;
}

/** The store of a case, and how to open its place once more. */
export interface OpenedStore {
  readonly target: StateStore;
  readonly open: () => Promise<StateStore>;
}

/**
 * Opens a store for a case. Contact is broken and slowed between the caller type and the driver,
 * which is where a harness without a network has it.
 */
export async function openStateSubject(
  subject: StateSubject,
): Promise<OpenedTarget<StateStore, StateKit>> {
  const { openDriver, wrap = same, virtualClock, seed, controls } = subject;
  const held = new AsyncDisposableStack();
  const faults = new CallFaults();
  const open = async (shape: (driver: StateDriver) => StateDriver = same) => {
    const driver = shape(wrap(await openDriver()));
    return held.use(new StateStore(driver, { watchPollMs }));
  };
  const target = await open((driver) => faults.around(driver));
  const kit: StateKit = {
    clock: virtualClock ?? realClock,
    virtualClock,
    seed,
    second: () => open(),
    bare: () => open(declaringNothing),
    cut: (when) => faults.cut(when),
    slow: (ms) => faults.slow(ms),
    ...controls?.({ target, open: () => open() }),
  };
  return { target, kit, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

/** Cases wait for commits of other processes; the default would make them slow. */
const watchPollMs = 25;

const realClock: StateClock = { now: () => Date.now(), advance: (ms) => systemClock.sleep(ms) };

function same(driver: StateDriver): StateDriver {
  return driver;
}

function declaringNothing(driver: StateDriver): StateDriver {
  const { durable } = driver.capabilities;
  return overriding(driver, { capabilities: { durable } });
}
