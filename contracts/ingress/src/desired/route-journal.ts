import { type FileHandle, open, readFile, rename } from "node:fs/promises";
import { raise } from "@bedplate/errors";

/** One line of the journal: a route that was applied, or a name that was removed. */
export type JournalLine<Route> =
  | { readonly put: Route; readonly generation: number }
  | { readonly delete: string; readonly generation: number };

/** What a journal held when it was opened. */
export interface OpenedJournal<Route> {
  readonly journal: RouteJournal<Route>;
  readonly lines: readonly JournalLine<Route>[];
}

/**
 * Changes of routes in a file, one JSON line each. A line counts once it is on the disk; lines that
 * come meanwhile share the next write. After a failed write nothing more is written: what the file
 * holds is then not known.
 */
export class RouteJournal<Route> implements AsyncDisposable {
  readonly #path: string;
  #file: FileHandle;
  #waiting: string[] = [];
  #writing: Promise<void> | null = null;
  /** Settles with all that waits now. */
  #next: Promise<void> | null = null;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  /** Opens a journal, or makes one; a last line that a crash cut off is dropped. */
  static async open<Route>(path: string): Promise<OpenedJournal<Route>> {
    const text = await textOf(path);
    // What stands behind the last line end was never acknowledged.
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    const lines = parseLines<Route>(whole, path);
    const file = await openFile(path);
    if (whole !== text) await file.truncate(Buffer.byteLength(whole));
    return { journal: new RouteJournal<Route>(path, file), lines };
  }

  /** Resolves when the line is on the disk. */
  append(line: JournalLine<Route>): Promise<void> {
    this.#waiting.push(`${JSON.stringify(line)}\n`);
    this.#next ??= this.#afterCurrent();
    return this.#next;
  }

  /** Resolves when every line so far is on the disk. */
  async settled(): Promise<void> {
    await (this.#next ?? this.#writing);
  }

  /** Puts these lines in the place of all. */
  async rewrite(lines: readonly JournalLine<Route>[]): Promise<void> {
    const next = `${this.#path}.next`;
    const file = await open(next, "w", 0o600);
    try {
      await file.writeFile(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(next, this.#path);
    await this.#file.close();
    this.#file = await openFile(this.#path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.settled().catch(() => {});
    await this.#file.close();
  }

  async #afterCurrent(): Promise<void> {
    await this.#writing;
    this.#writing = this.#next;
    this.#next = null;
    const text = this.#waiting.join("");
    this.#waiting = [];
    try {
      await this.#file.appendFile(text);
      await this.#file.datasync();
    } catch (cause) {
      throw raise("provider.indeterminate", {
        op: "ingress.apply",
        detail: { provider: "route journal" },
        message: "Cannot keep the route: its journal cannot be written",
        cause,
      });
    }
  }
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}

async function openFile(path: string): Promise<FileHandle> {
  return open(path, "a", 0o600);
}

function parseLines<Route>(text: string, path: string): readonly JournalLine<Route>[] {
  return text
    .split("\n")
    .slice(0, -1)
    .map((line, index) => {
      try {
        return JSON.parse(line) as JournalLine<Route>;
      } catch (cause) {
        throw raise("data.corrupt", {
          op: "ingress.open",
          detail: { what: `${path}, line ${index + 1}` },
          message: `Cannot read the routes: line ${index + 1} of the journal is no JSON`,
          cause,
        });
      }
    });
}
