import {
  followEvents,
  listEvents,
  type ProjectEventPageView,
  type ProjectEventView,
} from "@bedplate/routes";
import type { Waiting } from "./runs.ts";
import type { Transport } from "./transport.ts";

/** Which events to be told of. */
export interface EventOptions extends Waiting {
  /** A cursor of an event or a page. */
  readonly after?: string | undefined;
  /** Kinds such as `machine.running`, or families such as `machine`. Default: all. */
  readonly kinds?: readonly string[] | undefined;
  /** For example `machine/<id>`. */
  readonly subject?: string | undefined;
}

/** What happens to the project's runs, machines and builds. */
export class EventsClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** One page, oldest first, of what is remembered. */
  list(
    options: EventOptions & { readonly limit?: number | undefined } = {},
  ): Promise<ProjectEventPageView> {
    const { limit, signal } = options;
    const query = { ...queryOf(options), limit };
    return this.#transport.call(listEvents, { query, signal });
  }

  /** What happens, after a cursor or from now on. */
  follow(options: EventOptions = {}): AsyncGenerator<ProjectEventView, void, void> {
    const { signal } = options;
    return this.#transport.events(followEvents, { query: queryOf(options), signal });
  }
}

function queryOf({ after, kinds = [], subject }: EventOptions) {
  return { after, subject, ...(kinds.length > 0 && { kinds: kinds.join(",") }) };
}
