import type {
  ApplyAnswer,
  DesiredRoute,
  GenerationCondition,
  RemoveAnswer,
} from "../ingress-driver.ts";
import type { RouteSpec } from "../route-spec.ts";
import { type JournalLine, RouteJournal } from "./route-journal.ts";
import { RouteTable, type TableChange, type TableRoute } from "./route-table.ts";

/** Where a driver keeps what is wanted, and whom it tells. */
export interface DesiredRoutesOptions {
  readonly routesMax: number;
  /** File that the routes survive in. Absent: they end with the process. */
  readonly journalPath?: string | undefined;
  /** Changes the data plane; called in the order of the changes, before they are acknowledged. */
  readonly onChange: (changes: readonly TableChange[]) => void;
}

type Line = JournalLine<TableRoute>;

/** A journal with more dead lines than this, and more than routes, is written anew when it is opened. */
const deadLinesMax = 1_000;

/**
 * What a driver can keep its wanted routes in: a table in memory, and a journal when they shall
 * survive. An acknowledged change is on the disk; one that was not may be.
 */
export class DesiredRoutes implements AsyncDisposable {
  readonly table: RouteTable;
  readonly #journal: RouteJournal<TableRoute> | undefined;

  private constructor(table: RouteTable, journal: RouteJournal<TableRoute> | undefined) {
    this.table = table;
    this.#journal = journal;
  }

  /** Reads what is wanted and tells of it, all at once. */
  static async open({
    routesMax,
    journalPath,
    onChange,
  }: DesiredRoutesOptions): Promise<DesiredRoutes> {
    let isOpening = true;
    const table = new RouteTable({
      routesMax,
      onChange: (changes) => {
        if (!isOpening) onChange(changes);
      },
    });
    const journal = journalPath === undefined ? undefined : await replay(table, journalPath);
    isOpening = false;
    onChange(table.serving().map((begins) => ({ begins })));
    return new DesiredRoutes(table, journal);
  }

  async apply(spec: RouteSpec, condition: GenerationCondition): Promise<ApplyAnswer> {
    const { generation: before } = this.table;
    const answer = this.table.apply(spec, condition);
    const { generation } = this.table;
    if (answer.kind !== "applied") return answer;
    const put = this.table.at(spec.name);
    // A spec that is there already may be on its way to the disk.
    if (put === undefined || generation === before) await this.#journal?.settled();
    else await this.#journal?.append({ put, generation });
    return answer;
  }

  async remove(name: string, condition: GenerationCondition): Promise<RemoveAnswer> {
    const answer = this.table.remove(name, condition);
    if (answer.kind === "removed") {
      await this.#journal?.append({ delete: name, generation: this.table.generation });
    }
    return answer;
  }

  async get(name: string): Promise<DesiredRoute | null> {
    return this.table.get(name);
  }

  async list(range: {
    readonly after: string | null;
    readonly limit: number;
  }): Promise<readonly DesiredRoute[]> {
    return this.table.list(range);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#journal?.[Symbol.asyncDispose]();
  }
}

async function replay(table: RouteTable, path: string): Promise<RouteJournal<TableRoute>> {
  const { journal, lines } = await RouteJournal.open<TableRoute>(path);
  for (const line of lines) {
    if ("put" in line) table.put(line.put);
    else table.drop(line.delete);
    table.pass(line.generation);
  }
  const dead = lines.length - table.size;
  if (dead > deadLinesMax && dead > table.size) await journal.rewrite(compacted(table));
  return journal;
}

function compacted(table: RouteTable): readonly Line[] {
  const puts = table.all().map((put): Line => ({ put, generation: put.generation }));
  // The last generation may belong to a route that went: a name that comes again must be later.
  return [...puts, { delete: "", generation: table.generation }];
}
