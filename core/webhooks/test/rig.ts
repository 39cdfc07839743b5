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
  /** Everything that was posted, in order. */
  readonly posts: WebhookPost[];
  answer: Endpoint;
  /** A replica; it begins to deliver. */
  replica(name: string, options?: { readonly isIdle?: boolean }): WebhookService;
  /** Lets something happen. */
  happen(subject: string, kind: string, project?: string): Promise<void>;
  /** Moves the clock on until it is so. */
  until(what: string, check: () => boolean | Promise<boolean>): Promise<void>;
}

export async function openWebhookRig(): Promise<WebhookRig> {
  const clock = new VirtualClock();
  const store = new StateStore(await openMemoryState());
  const source: EventSource = {
    mark: "a",
    state: store.in("things"),
    prefix: "thing/",
    read: ({ value }) => JSON.parse(Buffer.from(value).toString()),
  };
  const rig: WebhookRig = {
    clock,
    state: store.in("webhooks"),
    posts: [],
    answer: async () => ({ status: 204 }),
    replica(name, { isIdle = false } = {}) {
      const service = new WebhookService({
        state: rig.state,
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

/** The kind of what was posted, and of which subject. */
export function wordOf({ body }: WebhookPost): string {
  const { type, data } = JSON.parse(body);
  return `${data.subject} ${type}`;
}
