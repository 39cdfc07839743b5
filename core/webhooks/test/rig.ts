import { seededRandom, VirtualClock } from "@bedplate/clock";
import { EventFeed, type EventSource } from "@bedplate/events";
import { StateStore } from "@bedplate/state";
import { openMemoryState } from "@bedplate/state-memory";
import { silentLog } from "@bedplate/telemetry";
import { eventually } from "@bedplate/testkit";
import { type WebhookAnswer, type WebhookPost, WebhookService } from "../src/index.ts";

/** Says what an endpoint does with a post. */
export type Endpoint = (post: WebhookPost, count: number) => Promise<WebhookAnswer>;

/** Services over one memory, with a scripted endpoint and a clock that stands. */
export interface WebhookRig {
  readonly clock: VirtualClock;
  readonly state: StateStore;
  /** Where things happen. */
  readonly things: StateStore;
  /** Everything that was posted, in order. */
  readonly posts: WebhookPost[];
  answer: Endpoint;
  /** A replica; it begins to deliver. */
  replica(
    name: string,
    options?: { readonly isIdle?: boolean; readonly state?: StateStore },
  ): WebhookService;
  /** A way of its own to the state. */
  anotherState(): StateStore;
  /** Lets something happen. */
  happen(subject: string, kind: string, project?: string): Promise<void>;
  /** Moves the clock on until it is so. */
  until(what: string, check: () => boolean | Promise<boolean>): Promise<void>;
}

export async function openWebhookRig(): Promise<WebhookRig> {
  const clock = new VirtualClock();
  const driver = await openMemoryState();
  const store = new StateStore(driver);
  const source: EventSource = {
    mark: "a",
    state: store.in("things"),
    prefix: "thing/",
    read: ({ value }) => JSON.parse(Buffer.from(value).toString()),
  };
  const rig: WebhookRig = {
    clock,
    state: store.in("webhooks"),
    things: source.state,
    anotherState: () => new StateStore(driver).in("webhooks"),
    posts: [],
    answer: async () => ({ status: 204 }),
    replica(name, { isIdle = false, state = rig.state } = {}) {
      const service = new WebhookService({
        state,
        feed: new EventFeed([source]),
        transport: {
          check: () => {},
          post: (post) => {
            rig.posts.push(post);
            return rig.answer(post, rig.posts.length);
          },
        },
        clock,
        random: seededRandom(name),
        log: silentLog,
        replica: name,
        place: name,
      });
      if (!isIdle) service.start();
      return service;
    },
    async happen(subject, kind, project = "p") {
      const event = { project, subject, kind, at: clock.now(), detail: {} };
      const value = Buffer.from(JSON.stringify(event));
      await source.state.commit({ ops: [{ put: `thing/${project}/${subject}`, value }] });
    },
    until: (what, check) =>
      eventually(
        what,
        async () => {
          if (await check()) return true;
          await clock.advance(500);
          return false;
        },
        { timeoutMs: 20_000 },
      ),
  };
  return rig;
}

/** Does something once, before the first commit that changes a key that begins so. */
export function beforeCommit(state: StateStore, key: string, work: () => Promise<void>): void {
  const commit = state.commit.bind(state);
  let isDone = false;
  state.commit = async (request, options) => {
    const keys = request.ops.map((op) => String("put" in op ? op.put : op.delete));
    if (!isDone && keys.some((each) => each.startsWith(key))) {
      isDone = true;
      await work();
    }
    return commit(request, options);
  };
}

/** The kind of what was posted, and of which subject. */
export function wordOf({ body }: WebhookPost): string {
  const { type, data } = JSON.parse(body);
  return `${data.subject} ${type}`;
}
