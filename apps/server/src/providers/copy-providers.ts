import { BlobStore } from "@bedplate/blob";
import { systemClock } from "@bedplate/clock";
import { raise } from "@bedplate/errors";
import { EventFeed } from "@bedplate/events";
import type { ProviderHost } from "@bedplate/provider";
import { StateStore } from "@bedplate/state";
import { silentLog } from "@bedplate/telemetry";
import { rebaseWebhooks } from "@bedplate/webhooks";
import { eventSources } from "../events/event-sources.ts";
import { copyBlobs, differingBlobs } from "./copy-blobs.ts";
import { beginCopy, endCopy } from "./copy-mark.ts";
import type { CopyProgress } from "./copy-progress.ts";
import { copyState, differingKeys } from "./copy-state.ts";
import { type Drivers, findProvider } from "./provider-catalog.ts";

/** The providers of one side: what is named is copied. */
export interface CopySide {
  readonly state: string;
  readonly blob: string;
}

export interface CopyProvidersOptions {
  readonly modules?: readonly string[] | undefined;
  readonly isOverwriting?: boolean | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: CopyProgress) => void;
}

/** What a copy did, after it was compared with its source. */
export interface CopyReport {
  readonly state: CopyProgress;
  readonly blobs: CopyProgress;
}

/**
 * Copies blobs, then state (which refers to them), then reads both sides again and compares. No
 * server may run on either side: an embedded source is refused while a process owns it. Jobs are not
 * copied: the next server enqueues every run that has not ended.
 */
export async function copyProviders(
  from: CopySide,
  to: CopySide,
  options: CopyProvidersOptions,
): Promise<CopyReport> {
  await using source = await openSide(from, options.modules);
  await using target = await openSide(to, options.modules);
  await beginCopy(target.state, {
    from: from.state,
    isOverwriting: options.isOverwriting === true,
  });
  const blobs = await copyBlobs(source.blobs, target.blobs, options);
  const state = await copyState(source.state, target.state, options);
  options.onProgress({ what: "comparing", items: 0, bytes: 0, changed: 0 });
  await compare(source, target, options.signal);
  // Revisions begin anew there: what webhooks were told of does not lie ahead of them.
  const head = await new EventFeed(eventSources(target.state)).head(options);
  await rebaseWebhooks(target.state.in("webhooks"), head);
  await endCopy(target.state, { from: from.state });
  return { state, blobs };
}

interface OpenSide extends AsyncDisposable {
  readonly state: StateStore;
  readonly blobs: BlobStore;
}

async function openSide(side: CopySide, modules: readonly string[] | undefined): Promise<OpenSide> {
  const host: ProviderHost = { clock: systemClock, log: silentLog, variables: process.env };
  const open = async <C extends "state" | "blob">(contract: C): Promise<Drivers[C]> =>
    (await findProvider(contract, side[contract], { modules })).open(side[contract], host);
  await using opened = new AsyncDisposableStack();
  const state = opened.use(new StateStore(await open("state")));
  const blobs = opened.use(new BlobStore(await open("blob")));
  const resources = opened.move();
  return { state, blobs, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

async function compare(source: OpenSide, target: OpenSide, signal: AbortSignal): Promise<void> {
  const keys = await differingKeys(source.state, target.state, { signal });
  const blobs = await differingBlobs(source.blobs, target.blobs, { signal });
  if (keys === 0 && blobs === 0) return;
  throw raise("state.conflict", {
    op: "provider.copy",
    detail: { key: `${keys} keys, ${blobs} blobs` },
    message: `Cannot vouch for the copy: ${keys} keys and ${blobs} blobs differ; does a server write to one side?`,
    blame: "operator",
  });
}
