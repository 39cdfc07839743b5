import { setTimeout as sleep } from "node:timers/promises";
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
export interface LiveSubject<Driver extends AsyncDisposable, Target> {
  readonly provider: ProviderModule<Driver>;
  readonly url: string;
  bind(driver: Driver): Target;
}

const liveClock = { now: () => Date.now(), advance: (ms: number) => sleep(ms) };

/** Opens each target in a scratch place of its own, which is removed with it. */
export function openLive<Driver extends AsyncDisposable, Target extends AsyncDisposable>(
  subject: LiveSubject<Driver, Target>,
): OpenSubject<Target, LiveKit<Target>, Driver> {
  const { bind, provider, url } = subject;
  const host: ProviderHost = { clock: systemClock, log: silentLog, variables: process.env };
  return async (wrap = (driver) => driver) => {
    await using opened = new AsyncDisposableStack();
    const place = opened.use(await provider.openScratch(url, host));
    const open = async () => opened.use(bind(wrap(await place.open())));
    const target = await open();
    const kit: LiveKit<Target> = {
      seed: provider.name,
      clock: liveClock,
      second: open,
      reopen: async () => {
        await target[Symbol.asyncDispose]();
        return open();
      },
    };
    const resources = opened.move();
    return { target, kit, [Symbol.asyncDispose]: () => resources.disposeAsync() };
  };
}
