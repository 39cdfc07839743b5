import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "@bedplate/clock";
import type { OpenSubject } from "@bedplate/conformance";
import type { ProviderHost, ProviderModule } from "@bedplate/provider";
import { silentLog } from "@bedplate/telemetry";

/** What can be done to a live engine from outside without being its owner. */
export interface LiveKit<Target> {
  readonly seed: string;
  /** Time that passes by itself: advancing it is waiting. */
  readonly clock: { now(): number; advance(ms: number): Promise<void> };
  second(): Promise<Target>;
  reopen(): Promise<Target>;
}

/** A live engine, and how a driver of it becomes what callers use. */
export interface LiveSubject<Driver extends AsyncDisposable, Target, More> {
  readonly provider: ProviderModule<Driver>;
  readonly url: string;
  bind(driver: Driver): Target;
  /** What a contract's kit has besides; `open` is a driver of the same place. */
  more(open: () => Promise<Driver>): Promise<More>;
}

/** What drivers of a live engine are opened with. */
export const liveHost: ProviderHost = {
  clock: systemClock,
  log: silentLog,
  variables: process.env,
};

/**
 * Gives timers a turn after each answer: what is broken on purpose may never end a loop of its caller,
 * and a driver in memory would keep the case's own deadline from passing.
 */
function letOthersRun<Driver extends object>(driver: Driver): Driver {
  return new Proxy(driver, {
    get(target, name) {
      const value = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...args: readonly unknown[]) => {
        const answer = Reflect.apply(value, target, args);
        return answer instanceof Promise ? later(answer) : answer;
      };
    },
  });
}

async function later<T>(answer: Promise<T>): Promise<T> {
  const value = await answer;
  await nextTurn();
  return value;
}

const liveClock = { now: () => Date.now(), advance: (ms: number) => sleep(ms) };

/** Opens each target in a scratch place of its own, which is removed with it. */
export function openLive<Driver extends AsyncDisposable, Target extends AsyncDisposable, More>(
  subject: LiveSubject<Driver, Target, More>,
): OpenSubject<Target, LiveKit<Target> & More, Driver> {
  const { bind, more, provider, url } = subject;
  return async (breakDriver) => {
    const wrap = (driver: Driver) =>
      breakDriver === undefined ? driver : letOthersRun(breakDriver(driver));
    // Cases open more on the place until they end, so the stack is handed out as it is.
    const held = new AsyncDisposableStack();
    try {
      const place = held.use(await provider.openScratch(url, liveHost));
      const openDriver = async () => {
        const driver = wrap(await place.open());
        // Not `use`: V8 finds no dispose method on a proxy, which a driver that is broken on purpose is.
        held.defer(async () => driver[Symbol.asyncDispose]());
        return driver;
      };
      const open = async () => held.use(bind(await openDriver()));
      const target = await open();
      const kit: LiveKit<Target> & More = {
        seed: provider.name,
        clock: liveClock,
        second: open,
        reopen: async () => {
          await target[Symbol.asyncDispose]();
          return open();
        },
        ...(await more(openDriver)),
      };
      return { target, kit, [Symbol.asyncDispose]: () => held.disposeAsync() };
    } catch (error) {
      await held.disposeAsync();
      throw error;
    }
  };
}
