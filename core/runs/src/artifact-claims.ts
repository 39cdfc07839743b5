import type { Digest } from "@bedplate/codec";
import { defineSchema, Type } from "@bedplate/schema";
import { DocumentTable, type StateOp, type StateStore } from "@bedplate/state";

/** That a project brought an artifact. */
export interface Claim {
  readonly project: string;
  readonly artifact: Digest;
}

const table = new DocumentTable<Claim>({
  name: "artifact",
  schema: defineSchema(
    Type.Object(
      { project: Type.String(), artifact: Type.Unsafe<Digest>(Type.String()) },
      { additionalProperties: false },
    ),
  ),
});

/** Most claims that are known without reading. */
const knownMax = 100_000;

/**
 * Which project brought which artifact. Equal bytes are stored once for all; who did not bring them
 * must not learn that they are there. A claim is never taken back, so a known one needs no reading.
 */
export class ArtifactClaims {
  readonly #state: StateStore;
  readonly #known = new Set<string>();

  constructor(state: StateStore) {
    this.#state = state;
  }

  async add(claim: Claim): Promise<void> {
    const ops = this.opsFor(claim);
    if (ops.length === 0) return;
    await this.#state.commit({ ops });
    this.remember(claim);
  }

  /** What a commit has to hold beside its own ops; nothing for a claim that is known. */
  opsFor(claim: Claim): readonly StateOp<string>[] {
    const id = idOf(claim);
    if (this.#known.has(id)) return [];
    const { project, artifact } = claim;
    return [table.put(id, { project, artifact })];
  }

  /** Says that a claim is stored. */
  remember(claim: Claim): void {
    if (this.#known.size >= knownMax) this.#known.clear();
    this.#known.add(idOf(claim));
  }

  /** Every artifact that a project brought; one that two brought comes twice. */
  async *all(): AsyncGenerator<Digest, void, void> {
    for await (const entry of this.#state.listAll({ prefix: "artifact/" })) {
      yield table.read(entry).document.artifact;
    }
  }

  async has(claim: Claim): Promise<boolean> {
    if (this.#known.has(idOf(claim))) return true;
    const isThere = (await table.get(this.#state, idOf(claim))) !== null;
    if (isThere) this.remember(claim);
    return isThere;
  }
}

function idOf({ project, artifact }: Claim): string {
  return `${project}/${artifact}`;
}
