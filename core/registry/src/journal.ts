import { newId } from "@bedplate/clock";
import type { StateOp } from "@bedplate/state";
import type { RegistryAction, RegistryEvent } from "./registry-event.ts";
import type { RegistryModules } from "./registry-modules.ts";
import { eventTable } from "./registry-tables.ts";

/** What a transition says of itself. */
export interface Transition {
  readonly actor: string;
  readonly subject: string;
  readonly detail?: RegistryEvent["detail"] | undefined;
}

export interface EventPage {
  readonly events: readonly RegistryEvent[];
  readonly next?: string | undefined;
}

/** The record of transitions: one op to put into the commit that makes the change. */
export class Journal {
  readonly #modules: Pick<RegistryModules, "state" | "clock" | "random">;
  #lastAt = 0;

  constructor(modules: Pick<RegistryModules, "state" | "clock" | "random">) {
    this.#modules = modules;
  }

  /** The op that records a transition. */
  entry(action: RegistryAction, transition: Transition): StateOp<string> {
    const { clock, random } = this.#modules;
    const { actor, subject, detail = {} } = transition;
    const at = clock.now();
    // Ids sort by time; two transitions of one millisecond must not change places.
    this.#lastAt = Math.max(at, this.#lastAt + 1);
    const id = newId("evt", this.#lastAt, random);
    return eventTable.put(id, { id, at, actor, action, subject, detail });
  }

  /** Records something that changed nothing in the state by itself. */
  async note(action: RegistryAction, transition: Transition): Promise<void> {
    await this.#modules.state.commit({ ops: [this.entry(action, transition)] });
  }

  /** Transitions, oldest first. */
  async list(options: {
    readonly limit?: number | undefined;
    readonly cursor?: string | undefined;
  }): Promise<EventPage> {
    const page = await eventTable.list(this.#modules.state, options);
    const events = page.documents.map((each) => each.document);
    return { events, ...(page.next !== undefined && { next: page.next }) };
  }
}
