import { raise } from "@bedplate/errors";
import { maskProviderUrl } from "@bedplate/provider";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { DocumentTable, type StateStore } from "@bedplate/state";
import { stateNamespaces } from "./state-namespaces.ts";

/** What a copy leaves in its target, so that a repeat knows what it finds there. */
interface CopyMark {
  /** The source's URL, masked. */
  readonly from: string;
  readonly isDone: boolean;
  /** The revision of each namespace when the copy ended. */
  readonly heads: Readonly<Record<string, number>>;
}

const markSchema: Schema<CopyMark> = defineSchema(
  Type.Object(
    {
      from: Type.String(),
      isDone: Type.Boolean(),
      heads: Type.Record(Type.String(), Type.Integer()),
    },
    { additionalProperties: false },
  ),
);
const marks = new DocumentTable({ name: "copy", schema: markSchema });
const id = "last";

/**
 * Refuses a target that holds anything but an earlier copy that nobody changed since; with
 * `isOverwriting`, whatever it holds is replaced.
 */
export async function beginCopy(
  to: StateStore,
  options: { readonly from: string; readonly isOverwriting: boolean },
): Promise<void> {
  if (!options.isOverwriting && !(await isOurs(to))) {
    throw raise("resource.exists", {
      op: "provider.copy",
      detail: { type: "state", id: "target" },
      message:
        "Cannot copy: the target holds state that no copy left there; --overwrite replaces it",
      blame: "operator",
    });
  }
  await writeMark(to, { from: maskProviderUrl(options.from), isDone: false, heads: {} });
}

/** Notes that the target is a whole copy. */
export async function endCopy(to: StateStore, options: { readonly from: string }): Promise<void> {
  const heads = await headsOf(to);
  await writeMark(to, { from: maskProviderUrl(options.from), isDone: true, heads });
}

/** Refuses to work on a state that a copy was filling when it ended. */
export async function refuseHalfCopy(state: StateStore): Promise<void> {
  const mark = await marks.get(state.in("copy"), id);
  if (mark === null || mark.document.isDone) return;
  throw raise("phase.illegal", {
    op: "server.open",
    detail: { op: "server.open", phase: "copying" },
    message: `Cannot open the state: a copy from ${mark.document.from} did not end; repeat it`,
    blame: "operator",
  });
}

async function isOurs(to: StateStore): Promise<boolean> {
  const mark = await marks.get(to.in("copy"), id);
  const heads = await headsOf(to);
  if (mark === null) return Object.values(heads).every((head) => head === 0);
  const { isDone, heads: before } = mark.document;
  return !isDone || Object.entries(heads).every(([name, head]) => head === before[name]);
}

async function headsOf(to: StateStore): Promise<Readonly<Record<string, number>>> {
  const heads = stateNamespaces.map(async (name) => [name, await to.in(name).head()] as const);
  return Object.fromEntries(await Promise.all(heads));
}

async function writeMark(to: StateStore, mark: CopyMark): Promise<void> {
  await to.in("copy").commit({ ops: [marks.put(id, mark)] });
}
