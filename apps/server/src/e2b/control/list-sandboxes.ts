import { type ListedSandbox, readMetadataQuery } from "@bedplate/e2b";
import { raise } from "@bedplate/errors";
import type { MachineService } from "@bedplate/machines";
import { asSandbox, isPaused, listedOf, type Sandbox } from "./sandbox-views.ts";

/** What a page has that names no limit, and what it may ask for. */
const limitDefault = 100;
const limitMax = 100;

/** Machines that are looked at at once. */
const lookAtOnce = 200;

/** One page; `next` is there when there are more. */
export interface ListedPage {
  readonly sandboxes: readonly ListedSandbox[];
  readonly next?: string | undefined;
}

interface Filter {
  readonly states: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly template: string | undefined;
  readonly startedAfter: number | undefined;
}

/** The sandboxes of a project that fit a query. The token of the next page is the last one's id. */
export async function listSandboxes(
  machines: MachineService,
  options: { readonly project: string; readonly query: URLSearchParams },
): Promise<ListedPage> {
  const { project, query } = options;
  const filter = filterOf(query);
  const limit = limitOf(query.get("limit"));
  const isOldestFirst = query.get("order") === "asc";
  const after = query.get("nextToken") ?? "";
  const found: Sandbox[] = [];
  let isPast = after === "";
  let cursor: string | undefined;
  do {
    const page = await machines.list({ project, isOldestFirst, limit: lookAtOnce, cursor });
    for (const machine of page.machines) {
      const sandbox = asSandbox(machine);
      // Ids grow with time, so the place of one that is gone by now is known as well.
      isPast ||= isOldestFirst ? machine.id > after : machine.id < after;
      if (isPast && sandbox !== undefined && fits(sandbox, filter)) found.push(sandbox);
    }
    cursor = page.next;
  } while (cursor !== undefined && found.length <= limit);
  const sandboxes = found.slice(0, limit);
  const last = sandboxes.at(-1)?.machine.id;
  const next = found.length > limit ? last : undefined;
  return { sandboxes: sandboxes.map(listedOf), ...(next !== undefined && { next }) };
}

function filterOf(query: URLSearchParams): Filter {
  const metadata = readMetadataQuery(query.get("metadata") ?? "");
  if (metadata === undefined) throw invalid("metadata", "is no form");
  const started = query.get("startedAfter");
  const startedAfter = started === null ? undefined : Date.parse(started);
  if (Number.isNaN(startedAfter)) throw invalid("startedAfter", "is no time");
  const states = query.getAll("state").flatMap((each) => each.split(","));
  return { states, metadata, startedAfter, template: query.get("template") ?? undefined };
}

function limitOf(text: string | null): number {
  if (text === null) return limitDefault;
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= limitMax) return limit;
  throw invalid("limit", `must be 1 to ${limitMax}`);
}

function fits(sandbox: Sandbox, { states, metadata, template, startedAfter }: Filter): boolean {
  const { machine, note } = sandbox;
  const state = isPaused(sandbox) ? "paused" : "running";
  if (states.length > 0 && !states.includes(state)) return false;
  if (template !== undefined && note.templateID !== template) return false;
  if (startedAfter !== undefined && machine.createdAt < startedAfter) return false;
  return Object.entries(metadata).every(([key, value]) => note.metadata[key] === value);
}

function invalid(name: string, rule: string): Error {
  return raise("argument.invalid", {
    op: "e2b.list",
    detail: { path: `/query/${name}`, rule },
    message: `Cannot list the sandboxes: ${name} ${rule}`,
  });
}
