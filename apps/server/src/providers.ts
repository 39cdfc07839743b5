import { join, resolve } from "node:path";
import { BlobStore } from "@bedplate/blob";
import { openFileBlob } from "@bedplate/blob-fs";
import { openMemoryBlob } from "@bedplate/blob-memory";
import { WorkQueue } from "@bedplate/queue";
import { openMemoryQueue } from "@bedplate/queue-memory";
import { openSqliteQueue } from "@bedplate/queue-sqlite";
import { StateStore } from "@bedplate/state";
import { openMemoryState } from "@bedplate/state-memory";
import { openSqliteState } from "@bedplate/state-sqlite";
import { cursorSecretOf } from "./cursor-secret.ts";
import { makeFolder } from "./make-folder.ts";

/** Where everything is kept. */
export interface Providers extends AsyncDisposable {
  readonly state: StateStore;
  readonly blobs: BlobStore;
  readonly queue: WorkQueue;
  /** The folder of a server that keeps its data on disk. */
  readonly folder?: string | undefined;
}

/**
 * Opens what `data` names: `memory:`, or a folder that is made when it is not there. An embedded
 * server has a queue of its own; what it leaves open, the next server finds in the state.
 */
export async function openProviders(
  data: string,
  options: { readonly isEmbedded?: boolean | undefined } = {},
): Promise<Providers> {
  if (data === "memory:") {
    return keep({
      state: new StateStore(await openMemoryState()),
      blobs: new BlobStore(await openMemoryBlob()),
      queue: new WorkQueue(await openMemoryQueue()),
    });
  }
  const folder = resolve(data.slice("file:".length));
  makeFolder(folder);
  await using opened = new AsyncDisposableStack();
  const state = opened.use(
    new StateStore(await openSqliteState({ path: join(folder, "state.db") }), {
      cursorSecret: cursorSecretOf(folder),
    }),
  );
  const queue = opened.use(
    new WorkQueue(
      options.isEmbedded === true
        ? await openMemoryQueue()
        : await openSqliteQueue({ path: join(folder, "queue.db") }),
    ),
  );
  const blobs = opened.use(new BlobStore(await openFileBlob({ path: join(folder, "blobs") })));
  await blobs.sweep();
  opened.move();
  return keep({ state, blobs, queue, folder });
}

function keep(parts: Omit<Providers, typeof Symbol.asyncDispose>): Providers {
  return {
    ...parts,
    [Symbol.asyncDispose]: async () => {
      await parts.queue.close();
      await parts.blobs.close();
      await parts.state.close();
    },
  };
}
