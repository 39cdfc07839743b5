import { randomUUID } from "node:crypto";
import { Code, ConnectError } from "@connectrpc/connect";
import { type FolderEvent, type FolderWatch, folderEvents } from "./folder-events.ts";

/** Most watchers of one sandbox, most events that wait in one, and how long one lives unasked. */
const watchersMax = 64;
const eventsMax = 10_000;
const idleMs = 10 * 60_000;

interface Watcher {
  readonly sandboxId: string;
  readonly end: AbortController;
  events: FolderEvent[];
  timer: ReturnType<typeof setTimeout>;
}

/** Watches of clients that ask for events instead of reading a stream. */
export class Watchers implements Disposable {
  readonly #open = new Map<string, Watcher>();

  /** Answers when changes are seen. */
  async open(path: string, watch: Omit<FolderWatch, "signal">): Promise<string> {
    const { sandboxId } = watch.asked.use;
    const own = [...this.#open.values()].filter((each) => each.sandboxId === sandboxId);
    if (own.length >= watchersMax) throw tooMany();
    const end = new AbortController();
    const id = randomUUID();
    const timer = setTimeout(() => this.#end(id), idleMs).unref();
    const watcher: Watcher = { sandboxId, end, events: [], timer };
    const changes = folderEvents(path, { ...watch, signal: end.signal });
    await changes.next();
    this.#open.set(id, watcher);
    void this.#collect(changes, watcher)
      .catch(() => {})
      .finally(() => this.#end(id));
    return id;
  }

  /** What happened since it was asked for last. */
  take(id: string, sandboxId: string): readonly FolderEvent[] {
    const watcher = this.#find(id, sandboxId);
    const { events } = watcher;
    watcher.events = [];
    watcher.timer.refresh();
    return events;
  }

  close(id: string, sandboxId: string): void {
    this.#find(id, sandboxId);
    this.#end(id);
  }

  [Symbol.dispose](): void {
    for (const id of [...this.#open.keys()]) this.#end(id);
  }

  async #collect(changes: AsyncIterable<FolderEvent | "ready">, watcher: Watcher): Promise<void> {
    for await (const change of changes) {
      if (change !== "ready" && watcher.events.length < eventsMax) watcher.events.push(change);
    }
  }

  #find(id: string, sandboxId: string): Watcher {
    const found = this.#open.get(id);
    if (found?.sandboxId === sandboxId) return found;
    throw new ConnectError("Cannot find the watcher: there is none of that id", Code.NotFound);
  }

  #end(id: string): void {
    const watcher = this.#open.get(id);
    this.#open.delete(id);
    clearTimeout(watcher?.timer);
    watcher?.end.abort();
  }
}

function tooMany(): ConnectError {
  const text = `Cannot watch the folder: the sandbox has ${watchersMax} watchers already`;
  return new ConnectError(text, Code.ResourceExhausted);
}
