import type { StateStore } from "@bedplate/state";
import type { BuildLogEntry } from "../template.ts";
import { logEntriesMax, logLineMax, logPageMax } from "../template-limits.ts";
import { logTable } from "../templates-tables.ts";

/** Entries that one commit writes. */
const batchMax = 100;

/** Writes the log of one build in order; entries are written together where they come fast. */
export class BuildLog {
  readonly #state: StateStore;
  readonly #build: string;
  readonly #now: () => number;
  #next: number;
  /** Entries that are not stored yet, in their order. */
  readonly #held: BuildLogEntry[] = [];
  #writing: Promise<void> = Promise.resolve();

  constructor(options: {
    readonly state: StateStore;
    readonly build: string;
    readonly from: number;
    readonly now: () => number;
  }) {
    this.#state = options.state;
    this.#build = options.build;
    this.#next = options.from;
    this.#now = options.now;
  }

  /** Adds one line. What is beyond the log's bounds is left out, and the last entry says so. */
  add(
    text: string,
    options: {
      readonly level?: BuildLogEntry["level"] | undefined;
      readonly step?: number | undefined;
    } = {},
  ): void {
    const { level = "info", step } = options;
    if (this.#next >= logEntriesMax) return;
    const isLast = this.#next === logEntriesMax - 1;
    this.#held.push({
      at: this.#next++,
      time: this.#now(),
      level: isLast ? "warn" : level,
      text: isLast ? "the log is full: what follows is left out" : text.slice(0, logLineMax),
      ...(step !== undefined && { step }),
    });
    // What fails now stays held: the next write tries it again, and `flush` tells of it.
    this.#writing = this.#writing.then(() => this.#write()).catch(() => {});
  }

  /** Comes back when all that was added is stored; rejects where that failed. */
  async flush(): Promise<void> {
    const written = this.#writing.then(() => this.#writeAll());
    this.#writing = written.catch(() => {});
    await written;
  }

  async #writeAll(): Promise<void> {
    while (this.#held.length > 0) await this.#write();
  }

  async #write(): Promise<void> {
    const entries = this.#held.slice(0, batchMax);
    if (entries.length === 0) return;
    const ops = entries.map((each) => logTable.put(entryId(this.#build, each.at), each));
    await this.#state.commit({ ops });
    this.#held.splice(0, entries.length);
  }
}

/** A page of a build's log from an entry on. */
export async function readLog(
  state: StateStore,
  build: string,
  options: { readonly from: number; readonly limit: number },
): Promise<readonly BuildLogEntry[]> {
  const { from } = options;
  const limit = Math.min(options.limit, logPageMax);
  const entries: BuildLogEntry[] = [];
  // Numbers have no gaps, so the entries of a page can be asked for by name.
  for (let at = from; at < from + limit; at += 1) {
    const found = await logTable.get(state, entryId(build, at));
    if (found === null) break;
    entries.push(found.document);
  }
  return entries;
}

/** How many entries a build's log has. */
export async function logLength(state: StateStore, build: string): Promise<number> {
  const range = { prefix: `${build}/`, reverse: true, limit: 1 };
  const { documents } = await logTable.list(state, range);
  const [last] = documents;
  return last === undefined ? 0 : last.document.at + 1;
}

function entryId(build: string, at: number): string {
  return `${build}/${String(at).padStart(6, "0")}`;
}
