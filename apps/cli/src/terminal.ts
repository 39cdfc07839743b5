/** Where a command writes. */
export interface Terminal {
  readonly isJson: boolean;
  /** Results. */
  out(text: string | Uint8Array): void;
  /** Everything about the results. */
  err(text: string): void;
}

/** The process's own streams. */
export function openTerminal(options: { readonly isJson: boolean }): Terminal {
  return {
    isJson: options.isJson,
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
  };
}

/** Prints a value: as JSON where that was asked for, else as `words` has it. */
export function print<T>(terminal: Terminal, value: T, words: (value: T) => string): void {
  const text = terminal.isJson ? JSON.stringify(value, null, 2) : words(value);
  if (text !== "") terminal.out(`${text}\n`);
}

/** Rows in columns, with a heading. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [heading, ...rows];
  const widths = heading.map((_, column) =>
    Math.max(...all.map((row) => (row[column] ?? "").length)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return all.map(line).join("\n");
}

/** One page of rows, and how to ask for the next one. */
export function pageTable(
  [heading, rows]: readonly [heading: readonly string[], rows: readonly (readonly string[])[]],
  next: string | undefined,
): string {
  const page = table(heading, rows);
  return next === undefined ? page : `${page}\nnext: --cursor ${next}`;
}

/** Says what takes so long, once it takes longer than a second. */
export async function withProgress<T>(
  terminal: Terminal,
  what: string,
  work: Promise<T>,
): Promise<T> {
  const startedMs = performance.now();
  const seconds = () => Math.round((performance.now() - startedMs) / 1000);
  const timer = setInterval(() => terminal.err(`bedplate: ${what} (${seconds()} s)\n`), 2_000);
  const first = setTimeout(() => terminal.err(`bedplate: ${what} ...\n`), 1_000);
  try {
    return await work;
  } finally {
    clearTimeout(first);
    clearInterval(timer);
  }
}
