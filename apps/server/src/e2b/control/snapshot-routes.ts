import { type SnapshotView, snapshotRequestSchema } from "@bedplate/e2b";
import { isFault, raise } from "@bedplate/errors";
import type { MachineSnapshot } from "@bedplate/machines";
import { type AddRoute, type ControlModules, refOf } from "./control-exchange.ts";
import { readJson } from "./read-json.ts";

const limitDefault = 100;
const limitMax = 100;

/** Snapshots: made of sandboxes, listed, forgotten. */
export function snapshotRoutes(on: AddRoute, modules: ControlModules): void {
  const { machines, sandboxes } = modules;
  const { builder } = modules.templateRoutes;
  const { snapshots } = machines;
  on("POST", "/sandboxes/:id/snapshots", async (exchange) => {
    const { name } = await readJson(exchange.context, snapshotRequestSchema);
    const ref = refOf(exchange);
    await sandboxes.get(ref);
    return exchange.context.json(viewOf(await machines.capture({ ...ref, name })), 201);
  });
  on("GET", "/snapshots", async ({ context, principal }) => {
    const query = new URL(context.req.url).searchParams;
    const text = (key: string) => query.get(key) ?? undefined;
    const page = await snapshots.list({
      project: principal.project,
      machine: text("sandboxID"),
      name: text("name"),
      limit: limitOf(text("limit")),
      cursor: text("nextToken"),
    });
    if (page.next !== undefined) context.header("x-next-token", page.next);
    return context.json(page.snapshots.map(viewOf));
  });
  on("DELETE", "/templates/:id", async ({ context, principal }) => {
    const { project } = principal;
    const id = context.req.param("id") ?? "";
    const template = await builder?.find(project, id);
    if (builder !== undefined && template !== undefined) {
      await builder.delete(project, template.id);
      return context.body(null, 204);
    }
    const { snapshots: named } = await snapshots.list({ project, name: id, limit: 1 });
    await snapshots.delete(project, named[0]?.id ?? id).catch((error: unknown) => {
      throw isFault(error, "argument.invalid") ? missing(id) : error;
    });
    return context.body(null, 204);
  });
}

function viewOf({ id, name }: MachineSnapshot): SnapshotView {
  return { snapshotID: id, names: name === undefined ? [] : [name] };
}

function limitOf(text: string | undefined): number {
  if (text === undefined) return limitDefault;
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= limitMax) return limit;
  throw raise("argument.invalid", {
    op: "e2b.snapshots",
    detail: { path: "/query/limit", rule: `must be 1 to ${limitMax}` },
    message: `Cannot list the snapshots: limit must be 1 to ${limitMax}`,
  });
}

function missing(id: string): Error {
  return raise("resource.missing", {
    op: "e2b.snapshots",
    detail: { type: "template", id },
    message: `Cannot delete the template ${id.slice(0, 64)}: there is none`,
  });
}
