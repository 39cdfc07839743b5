import { strictEqual } from "node:assert/strict";
import { type Random, seededRandom } from "@bedplate/clock";
import {
  checkLinearizable,
  HistoryRecorder,
  type Operation,
} from "@bedplate/conformance/linearizability";
import { raise } from "@bedplate/errors";
import type { LeasedJob } from "../queue-driver.ts";
import type { WorkQueue } from "../work-queue.ts";
import { type LeaseInput, type LeaseOutput, leaseModel } from "./lease-model.ts";
import { add, briefMs, lease, type QueueCase, type QueueKit, settled } from "./queue-case.ts";

const callers = 5;
const rounds = 10;
const callsPerRound = 4;
/** How much time passes between rounds: a lease lasts for two or three. */
const stepMs = 150;

/** What concurrent callers saw has an order in which one thing at a time could have done it. */
export const concurrencyCases: readonly QueueCase[] = ["WQ73", "WQ78", "WQ79"].map((seed) => ({
  id: seed,
  law: `a recorded history of racing callers and ending leases is linearizable (seed ${seed})`,
  controls: ["virtualClock"],
  async run(queue, kit) {
    const story = new Story(kit);
    const sides = [queue, await kit.second()];
    const all = Array.from({ length: callers }, (_, i) => ({
      name: `c${i}`,
      queue: sides[i % 2] ?? queue,
      random: randomOf(`${seed}/${i}`),
      leases: [],
    }));
    for (let i = 0; i < rounds; i++) {
      await Promise.all(all.map((caller) => story.act(caller)));
      // No call is under way, so it is known which leases end; who finds that out first races.
      await story.passTime();
    }
    const result = checkLinearizable(story.history, leaseModel);
    strictEqual(result.kind, "linearizable", result.kind === "linearizable" ? "" : result.text);
  },
}));

interface Caller {
  readonly name: string;
  readonly queue: WorkQueue;
  readonly random: () => number;
  /** Old ones are kept: whoever lost a lease must be told so. */
  readonly leases: LeasedJob[];
}

/** Lets callers act on a queue and writes down what they saw. */
class Story {
  readonly #recorder = new HistoryRecorder<LeaseInput, LeaseOutput>();
  readonly #clock: QueueKit["clock"];
  readonly #held = new Map<string, LeasedJob>();
  #added = 0;

  constructor({ clock }: QueueKit) {
    this.#clock = clock;
  }

  get history(): readonly Operation<LeaseInput, LeaseOutput>[] {
    return this.#recorder.history;
  }

  async act(caller: Caller): Promise<void> {
    const { random, leases } = caller;
    for (let i = 0; i < callsPerRound; i++) {
      const job = leases[Math.floor(random() * leases.length)];
      const dice = random();
      if (dice < 0.25) await this.#enqueue(caller);
      else if (dice < 0.5 || job === undefined) await this.#lease(caller);
      else await this.#settle(caller, { job, dice });
    }
  }

  async passTime(): Promise<void> {
    const now = this.#clock.now() + stepMs;
    for (const { id, token, until } of [...this.#held.values()]) {
      if (until > now) continue;
      this.#held.delete(token);
      await this.#expire(id, token);
    }
    await this.#clock.advance(now - this.#clock.now());
  }

  async #enqueue({ name, queue }: Caller): Promise<void> {
    const job = `j${this.#added++}`;
    await this.#recorder.record(name, { kind: "enqueue", job }, async () => {
      settled(await add(queue, [job], { attemptsMax: 100 }));
      return "done";
    });
  }

  async #lease({ queue, name, leases }: Caller): Promise<void> {
    await this.#recorder.record(name, { kind: "lease" }, async () => {
      const [job] = await lease(queue, 1, { forMs: briefMs });
      if (job === undefined) return null;
      leases.push(job);
      this.#held.set(job.token, job);
      return { job: job.id, token: job.token };
    });
  }

  async #settle({ queue, name }: Caller, { job, dice }: Move): Promise<void> {
    const ref = { job: job.id, token: job.token };
    if (dice < 0.7) {
      await this.#recorder.record(name, { kind: "extend", ...ref }, async () => {
        const [answer] = await queue.extend([job], { durationMs: briefMs });
        if (answer?.ok === true) this.#held.set(job.token, { ...job, until: answer.until });
        return said(answer);
      });
    } else if (dice < 0.85) {
      await this.#recorder.record(name, { kind: "return", ...ref }, async () => {
        const [answer] = await queue.release([{ lease: job, reason: "no" }]);
        return said(answer);
      });
    } else {
      await this.#recorder.record(name, { kind: "acknowledge", ...ref }, async () => {
        const [answer] = await queue.acknowledge([job]);
        return said(answer);
      });
    }
  }

  /** What time does has no answer: it happens at some moment from now on, or never. */
  async #expire(job: string, token: string): Promise<void> {
    await this.#recorder.record("time", { kind: "expire", job, token }, async () => {
      throw raise("deadline.exceeded", {
        op: "queue.lease",
        detail: { afterMs: briefMs },
        message: "Cannot hold the lease: its time is over",
      });
    });
  }
}

interface Move {
  readonly job: LeasedJob;
  readonly dice: number;
}

function said(answer: { readonly ok: boolean } | undefined): "done" | "lost" {
  return answer?.ok === true ? "done" : "lost";
}

function randomOf(seed: string): () => number {
  const random: Random = seededRandom(seed);
  return () => (random.bytes(1)[0] ?? 0) / 256;
}
