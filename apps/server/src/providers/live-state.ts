import { systemClock } from "@bedplate/clock";
import type { OpenSubject } from "@bedplate/conformance";
import type { ProviderHost, ProviderModule } from "@bedplate/provider";
import type { StateDriver, StateStore } from "@bedplate/state";
import { openStateSubject, type StateKit } from "@bedplate/state/conformance";
import { silentLog } from "@bedplate/telemetry";

/** A live store for the suite. Contact is cut and slowed above the driver, which needs no engine's leave. */
export function openLiveState(
  provider: ProviderModule<StateDriver>,
  url: string,
): OpenSubject<StateStore, StateKit, StateDriver> {
  const host: ProviderHost = { clock: systemClock, log: silentLog, variables: process.env };
  return async (wrap) => {
    await using opened = new AsyncDisposableStack();
    const place = opened.use(await provider.openScratch(url, host));
    const {
      target,
      kit,
      [Symbol.asyncDispose]: close,
    } = await openStateSubject({
      openDriver: () => place.open(),
      wrap,
      seed: provider.name,
      controls: ({ target: first, open }) => ({ reopen: () => first.close().then(open) }),
    });
    opened.defer(close);
    const resources = opened.move();
    return { target, kit, [Symbol.asyncDispose]: () => resources.disposeAsync() };
  };
}
