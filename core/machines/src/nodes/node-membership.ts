import type { Clock } from "@bedplate/clock";
import { isFault, raise, toFault } from "@bedplate/errors";
import type { StateCheck, StateStore } from "@bedplate/state";
import type { Log } from "@bedplate/telemetry";
import { isLostRace } from "../machine-store.ts";
import { beatTable, type NodeRecord, type NodeSelf, nodeTable } from "./node-record.ts";

/** What a membership is built from. */
export interface MembershipModules {
  readonly state: StateStore;
  readonly clock: Clock;
  readonly log: Log;
  /** What the node is at this moment: slots are bound and swapped while it lives. */
  readonly self: () => NodeSelf;
  /** Told after each beat with the record as it stands, and whether it had been given up as lost. */
  readonly onBeat: (node: NodeRecord, options: { readonly wasLost: boolean }) => void;
}

/** A node says so often that it lives, and looks at what is wanted of it. */
export const nodeBeatMs = 2_000;
const attemptsMax = 16;

/** A node's place among the others: it registers, says that it lives, and notices what is wanted. */
export class NodeMembership implements AsyncDisposable {
  readonly #modules: MembershipModules;
  readonly #stopping = new AbortController();
  #beating: Promise<void> | undefined;
  #beats = 0;

  constructor(modules: MembershipModules) {
    this.#modules = modules;
  }

  /** Registers, and goes on saying that the node lives. */
  async start(): Promise<void> {
    const { self, state } = this.#modules;
    this.#beats = (await beatTable.get(state, self().name))?.document.beats ?? 0;
    await this.beat();
    this.#beating ??= this.#keepBeating();
  }

  /** Says so now: what it is has changed. */
  async beat(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#once();
        return;
      } catch (error) {
        if (!isLostRace(error) || attempt >= attemptsMax) throw error;
      }
    }
  }

  /** The record stays: the machines go on, and the next life of the node has them again. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort("stopping");
    await this.#beating;
  }

  async #once(): Promise<void> {
    const { clock, state, self: selfNow, onBeat } = this.#modules;
    const self = selfNow();
    const stored = await nodeTable.get(state, self.name);
    const before = stored?.document;
    if (before !== undefined && before.place !== self.place && before.state !== "lost") {
      throw taken(self.name);
    }
    const now = clock.now();
    const node = recordOf(self, before, now);
    const beat = beatTable.put(self.name, { beats: ++this.#beats, at: now });
    const isNews = JSON.stringify(node) !== JSON.stringify(before);
    const checks: StateCheck<string>[] = [];
    if (isNews) checks.push(stored === null ? nodeTable.absent(self.name) : nodeTable.at(stored));
    await state.commit({ checks, ops: isNews ? [nodeTable.put(self.name, node), beat] : [beat] });
    onBeat(node, { wasLost: before?.state === "lost" });
  }

  async #keepBeating(): Promise<void> {
    const { clock, log } = this.#modules;
    const { signal } = this.#stopping;
    for (;;) {
      await clock.sleep(nodeBeatMs, { signal }).catch(() => {});
      if (signal.aborted) return;
      try {
        await this.beat();
      } catch (error) {
        if (!isFault(error)) throw error;
        log.warn("node's beat failed", { code: toFault(error, "nodes.beat").code });
      }
    }
  }
}

/** One that was lost begins anew; any other stays as operators left it. */
function recordOf(self: NodeSelf, before: NodeRecord | undefined, now: number): NodeRecord {
  const { name, place, url = before?.url, labels, capacity, offers } = self;
  const said = { name, place, ...(url !== undefined && { url }), labels, capacity, offers };
  if (before === undefined || before.state === "lost") {
    return { ...said, state: "ready", stateAt: now, moves: true, registeredAt: now };
  }
  const { state, stateAt, moves, registeredAt } = before;
  return { ...said, state, stateAt, moves, registeredAt };
}

function taken(name: string): Error {
  return raise("resource.exists", {
    op: "nodes.register",
    subject: `node/${name}`,
    blame: "operator",
    detail: { type: "node", id: name },
    message: `Cannot register node/${name}: the name belongs to a node with another data folder`,
  });
}
