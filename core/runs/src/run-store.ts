import { type Digest, digestBytes, digestValue } from "@bedplate/codec";
import { isFault, raise } from "@bedplate/errors";
import { defineSchema, Type } from "@bedplate/schema";
import { DocumentTable, type StateOp, type StateStore, type StoredDocument } from "@bedplate/state";
import type { ArtifactClaims } from "./artifact-claims.ts";
import { hasEnded, type Run, type RunPhase, runSchema } from "./run.ts";

/** Which runs to list, newest first. */
export interface RunFilter {
  readonly project: string;
  readonly slot?: string | undefined;
  readonly phase?: RunPhase | undefined;
  /** All of these labels. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

export interface RunPage {
  readonly runs: readonly Run[];
  readonly next?: string | undefined;
}

/** An idempotency key, and what it was used for. */
export interface OnceKey {
  readonly key: string;
  readonly request: Digest;
}

/** A run that has not ended; the list of these is what a restart looks at. */
export interface OpenRun {
  readonly id: string;
  readonly project: string;
  readonly isCancelAsked: boolean;
}

/** A run that a replica executes for a waiting caller, without a job in the queue. */
export interface HeldRun {
  readonly id: string;
  readonly project: string;
  readonly replica: string;
  /** The replica says before this instant that it goes on, or is lost. */
  readonly until: number;
}

/** A replica's word that it executes a run, and until when that counts. */
export type Hold = Pick<HeldRun, "replica" | "until">;

/** What is recorded with a new run. */
export interface AcceptOptions {
  readonly once?: OnceKey | undefined;
  /** Who executes it without a job in the queue. */
  readonly hold?: Hold | undefined;
}

interface Once {
  readonly run: string;
  readonly request: string;
}

const closed = { additionalProperties: false } as const;

const runTable = new DocumentTable<Run>({ name: "run", schema: runSchema });
const openTable = new DocumentTable<OpenRun>({
  name: "open",
  schema: defineSchema(
    Type.Object(
      { id: Type.String(), project: Type.String(), isCancelAsked: Type.Boolean() },
      closed,
    ),
  ),
});
const heldTable = new DocumentTable<HeldRun>({
  name: "held",
  schema: defineSchema(
    Type.Object(
      {
        id: Type.String(),
        project: Type.String(),
        replica: Type.String(),
        until: Type.Number(),
      },
      closed,
    ),
  ),
});
const onceTable = new DocumentTable<Once>({
  name: "once",
  schema: defineSchema(Type.Object({ run: Type.String(), request: Type.String() }, closed)),
});

/** How many records one listing may look at before it answers with what it found. */
const scanMax = 2_000;

/** Runs as records, with the commits that move them on. */
export class RunStore {
  readonly #state: StateStore;
  readonly #claims: ArtifactClaims;

  constructor(state: StateStore, claims: ArtifactClaims) {
    this.#state = state;
    this.#claims = claims;
  }

  /**
   * Records a new run, and that its project brought the artifact. With a key that is taken, nothing
   * is recorded and the fault is `state.conflict`.
   */
  async accept(run: Run, options: AcceptOptions = {}): Promise<StoredDocument<Run>> {
    const { once, hold } = options;
    const id = docId(run);
    const ops = [runTable.put(id, run), ...this.#claims.opsFor(run)];
    if (!hasEnded(run)) {
      ops.push(openTable.put(run.id, { id: run.id, project: run.project, isCancelAsked: false }));
    }
    if (hold !== undefined) ops.push(holdOf(run, hold));
    const checks = [runTable.absent(id)];
    if (once !== undefined) {
      const onceId = onceIdOf(run.project, once.key);
      checks.push(onceTable.absent(onceId));
      ops.push(onceTable.put(onceId, { run: run.id, request: once.request }));
    }
    const { versions, revision } = await this.#state.commit({ checks, ops });
    this.#claims.remember(run);
    return { id, document: run, version: versions[0] ?? "", revision };
  }

  /** Moves a run on; `version.mismatch` when somebody else did. */
  async change(before: StoredDocument<Run>, run: Run): Promise<StoredDocument<Run>> {
    const ops: StateOp<string>[] = [runTable.put(before.id, run)];
    if (hasEnded(run)) ops.push(openTable.delete(run.id), heldTable.delete(run.id));
    const { versions, revision } = await this.#state.commit({ checks: [runTable.at(before)], ops });
    return { id: before.id, document: run, version: versions[0] ?? "", revision };
  }

  /** A run; `resource.missing` when there is none. */
  async get(project: string, id: string): Promise<StoredDocument<Run>> {
    const found = await runTable.get(this.#state, `${project}/${id}`);
    if (found !== null) return found;
    throw raise("resource.missing", {
      op: "runs.get",
      subject: `run/${id}`,
      detail: { type: "run", id },
      message: `Cannot find run/${id}: there is none in this project`,
    });
  }

  /** The run that an idempotency key was used for; null for a fresh key. */
  async findOnce(project: string, once: OnceKey): Promise<Run | null> {
    const found = await onceTable.get(this.#state, onceIdOf(project, once.key));
    if (found === null) return null;
    if (found.document.request !== once.request) throw reused(once, found.document.request);
    return (await this.get(project, found.document.run)).document;
  }

  /** One page, newest first. A page may be short, or empty with `next`, where filters leave out much. */
  async list(filter: RunFilter): Promise<RunPage> {
    const { project, limit = 50 } = filter;
    const runs: Run[] = [];
    let { cursor } = filter;
    for (let seen = 0; seen < scanMax; seen += limit) {
      const page = await runTable.list(this.#state, {
        prefix: `${project}/`,
        reverse: true,
        limit,
        cursor,
      });
      const fitting = page.documents
        .map((each) => each.document)
        .filter((run) => fits(run, filter));
      const room = limit - runs.length;
      if (runs.length > 0 && fitting.length > room) break;
      runs.push(...fitting);
      cursor = page.next;
      if (cursor === undefined || runs.length >= limit) break;
    }
    return { runs, ...(cursor !== undefined && { next: cursor }) };
  }

  /** Every run of every project. */
  async *all(): AsyncGenerator<Run, void, void> {
    for await (const entry of this.#state.listAll({ prefix: "run/" })) {
      yield runTable.read(entry).document;
    }
  }

  /** Every run that has not ended. */
  async *open(): AsyncGenerator<OpenRun, void, void> {
    for await (const entry of this.#state.listAll({ prefix: "open/" })) {
      yield openTable.read(entry).document;
    }
  }

  /** Every run that a replica holds, or held when it died. */
  async *held(): AsyncGenerator<HeldRun, void, void> {
    for await (const entry of this.#state.listAll({ prefix: "held/" })) {
      yield heldTable.read(entry).document;
    }
  }

  /** The replica that holds a run; undefined for none. */
  async holder(id: string): Promise<string | undefined> {
    return (await heldTable.get(this.#state, id))?.document.replica;
  }

  /** Says that a replica executes the run until an instant; nothing, once it has ended. */
  async hold(run: Pick<Run, "id" | "project">, hold: Hold): Promise<void> {
    try {
      await this.#state.commit({
        checks: [{ key: openTable.key(run.id), is: "present" }],
        ops: [holdOf(run, hold)],
      });
    } catch (error) {
      if (!isLostRace(error)) throw error;
    }
  }

  async letGo(id: string): Promise<void> {
    await this.#state.commit({ ops: [heldTable.delete(id)] });
  }

  /** Asks whoever executes a run to stop it. */
  async askCancel(id: string): Promise<void> {
    const found = await openTable.get(this.#state, id);
    if (found === null) return;
    const document = { ...found.document, isCancelAsked: true };
    await this.#state.commit({ checks: [openTable.at(found)], ops: [openTable.put(id, document)] });
  }

  async isCancelAsked(id: string): Promise<boolean> {
    return (await openTable.get(this.#state, id))?.document.isCancelAsked ?? false;
  }
}

/** True for the fault of a commit that lost against another one. */
export function isLostRace(error: unknown): boolean {
  return isFault(error, "version.mismatch");
}

/** The digest by which a repeated request is known as the same. */
export function requestDigest(request: readonly (string | Uint8Array | number)[]): Digest {
  return digestValue(request);
}

function docId(run: Pick<Run, "project" | "id">): string {
  return `${run.project}/${run.id}`;
}

function holdOf({ id, project }: Pick<Run, "id" | "project">, hold: Hold): StateOp<string> {
  return heldTable.put(id, { id, project, ...hold });
}

/** Keys are caller's texts of any kind; their digest is a fine part of a key. */
function onceIdOf(project: string, key: string): string {
  return `${project}/${digestBytes(Buffer.from(key)).slice(7)}`;
}

function fits(run: Run, filter: RunFilter): boolean {
  if (filter.slot !== undefined && run.slot !== filter.slot) return false;
  if (filter.phase !== undefined && run.phase !== filter.phase) return false;
  return Object.entries(filter.labels ?? {}).every(([name, value]) => run.labels[name] === value);
}

function reused(once: OnceKey, first: string): Error {
  return raise("idempotency.mismatch", {
    op: "runs.submit",
    detail: { key: once.key, first, now: once.request },
    message: `Cannot submit the run: the idempotency key "${once.key}" was used for another request`,
  });
}
