import { cpus } from "node:os";

/** One table of figures, as a benchmark prints it. */
export interface BenchTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
  /** What a reader must know to read the table: rounds, what was compared, what it means. */
  readonly notes?: readonly string[] | undefined;
}

/** Prints a table in Markdown for people, and after it the same as one line of JSON for programs. */
export function reportBench(name: string, table: BenchTable): void {
  const { columns, rows, notes = [] } = table;
  const line = (cells: readonly (string | number)[]) => `| ${cells.map(cellText).join(" | ")} |`;
  const lines = [line(columns), line(columns.map(() => "---")), ...rows.map(line)];
  for (const note of notes) lines.push("", note);
  process.stdout.write(`${lines.join("\n")}\n\n`);
  const facts = { bench: name, node: process.version, cpu: cpus()[0]?.model ?? "unknown" };
  process.stdout.write(`${JSON.stringify({ ...facts, columns, rows, notes })}\n`);
}

/** The value below which this share of the values lies; the values need not be sorted. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Digits as far as they say something: three of them. */
function cellText(cell: string | number): string {
  if (typeof cell === "string") return cell;
  const size = Math.abs(cell);
  if (Number.isInteger(cell) || size >= 100) return String(Math.round(cell));
  return cell.toFixed(size >= 10 ? 1 : 2);
}
