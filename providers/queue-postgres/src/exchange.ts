import type { Random } from "@bedplate/clock";
import {
  type DriverLeaseRequest,
  type LeasedJob,
  type LeasedJobRow,
  type LeaseRef,
  leaseOfRow,
} from "@bedplate/queue";
import { CallGroup, dealOut } from "./call-group.ts";
import type { JobTable, LeaseBatch } from "./job-table.ts";

/** What an exchange needs. */
export interface ExchangeParts {
  readonly table: JobTable;
  readonly random: Random;
  /** Hears how many jobs a statement took. */
  readonly afterLeases: (count: number) => void;
}

/** What a worker wants: jobs, or that leases end. */
type Call =
  | { readonly request: DriverLeaseRequest; readonly refs?: undefined }
  | { readonly refs: readonly LeaseRef[]; readonly request?: undefined };

interface Answer {
  readonly ended: readonly boolean[];
  readonly jobs: PromiseSettledResult<readonly LeasedJob[]>;
}

interface Written {
  readonly ended: readonly boolean[];
  readonly taken: PromiseSettledResult<readonly LeasedJobRow[]>;
}

const none = fulfilled([]);

/** Most leases that one statement begins or ends. */
const leasesPerStatement = 1_024;

/**
 * Workers hand in what they have done and take what comes next. Calls that wait at the same time share
 * a statement whatever they want, so a busy worker's acknowledgement and its neighbour's lease are one
 * round trip and one durable commit.
 */
export class Exchange implements AsyncDisposable {
  readonly #parts: ExchangeParts;
  readonly #group: CallGroup<Call, Answer>;
  #turn = 0;

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
    this.#group = new CallGroup({
      op: "queue.lease",
      weigh: ({ request, refs }) => request?.max ?? refs?.length ?? 0,
      weightMax: leasesPerStatement,
      part: partCalls,
      run: (calls) => this.#run(calls),
    });
  }

  async lease(request: DriverLeaseRequest): Promise<readonly LeasedJob[]> {
    const { jobs } = await this.#group.submit({ request });
    if (jobs.status === "rejected") throw jobs.reason;
    return jobs.value;
  }

  /** Answers true once for each lease that was held. */
  async acknowledge(refs: readonly LeaseRef[]): Promise<readonly boolean[]> {
    return (await this.#group.submit({ refs })).ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#group[Symbol.asyncDispose]();
  }

  async #run(calls: readonly Call[]): Promise<readonly Answer[]> {
    const refs = calls.flatMap((call) => call.refs ?? []);
    const batch = this.#seat(calls.flatMap(({ request }) => request ?? []));
    const { ended, taken } = await this.#write(refs, batch);
    const ends = dealOut(
      ended,
      calls.map((call) => call.refs?.length ?? 0),
    );
    const jobs = dealOut(
      taken.status === "fulfilled" ? taken.value.map(leaseOfRow) : [],
      calls.map(({ request }) => request?.max ?? 0),
    );
    if (taken.status === "fulfilled") this.#parts.afterLeases(taken.value.length);
    return calls.map((_, index) => ({
      ended: ends[index] ?? [],
      jobs: taken.status === "fulfilled" ? { ...taken, value: jobs[index] ?? [] } : taken,
    }));
  }

  async #write(refs: readonly LeaseRef[], batch: LeaseBatch): Promise<Written> {
    const { table } = this.#parts;
    if (batch.tokens.length === 0) return { ended: await table.acknowledge(refs), taken: none };
    if (refs.length === 0) return { ended: [], taken: fulfilled(await table.lease(batch)) };
    const { ended, taken } = await table.acknowledgeAndLease(refs, batch);
    if (taken !== "due") return { ended, taken: fulfilled(taken) };
    // What has ended has ended, whatever becomes of the lease.
    const [later] = await Promise.allSettled([table.lease(batch)]);
    return { ended, taken: later };
  }

  /** A seat for each job that may be taken; which queue is served first changes from turn to turn. */
  #seat(requests: readonly DriverLeaseRequest[]): LeaseBatch {
    const queues = requests[0]?.queues ?? [];
    const start = this.#turn++ % Math.max(1, queues.length);
    const seats = requests.flatMap((request) => Array.from({ length: request.max }, () => request));
    return {
      queues: [...queues.slice(start), ...queues.slice(0, start)],
      tokens: seats.map(() => Buffer.from(this.#parts.random.bytes(16)).toString("base64url")),
      workers: seats.map(({ worker }) => worker),
      durationsMs: seats.map(({ durationMs }) => durationMs),
    };
  }
}

/** Leases of the same queues share a statement; what ends goes with the first of them. */
function partCalls(calls: readonly Call[]): readonly (readonly Call[])[] {
  const ends = calls.filter(({ refs }) => refs !== undefined);
  const leases = calls.filter(({ request }) => request !== undefined);
  const [first = [], ...others] = Map.groupBy(leases, ({ request }) =>
    request?.queues.join(" "),
  ).values();
  return [[...ends, ...first], ...others];
}

function fulfilled<T>(value: T): PromiseFulfilledResult<T> {
  return { status: "fulfilled", value };
}
