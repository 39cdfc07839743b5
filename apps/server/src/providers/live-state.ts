import type { OpenSubject } from "@bedplate/conformance";
import type { ProviderModule } from "@bedplate/provider";
import type { StateDriver, StateStore } from "@bedplate/state";
import { openStateSubject, type StateKit } from "@bedplate/state/conformance";
import { liveHost } from "./live-subject.ts";

/** A live store for the suite: contact is broken and slowed in front of its driver. */
export function openLiveState(
  provider: ProviderModule<StateDriver>,
  url: string,
): OpenSubject<StateStore, StateKit, StateDriver> {
  return async (wrap) => {
    await using opened = new AsyncDisposableStack();
    const place = opened.use(await provider.openScratch(url, liveHost));
    const subject = opened.use(
      await openStateSubject({
        openDriver: () => place.open(),
        seed: provider.name,
        wrap,
        controls: ({ target, open }) => ({
          reopen: async () => {
            await target.close();
            return open();
          },
        }),
      }),
    );
    const resources = opened.move();
    return { ...subject, [Symbol.asyncDispose]: () => resources.disposeAsync() };
  };
}
