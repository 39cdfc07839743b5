import { raise } from "@bedplate/errors";
import type { Call } from "../call.ts";
import type { Invocation } from "../facets/invoke.ts";
import type { SnapshotSink } from "../facets/snapshot.ts";
import type { HostPort, PortOf } from "../host-port.ts";
import { answerWith, type Handlers } from "./answer.ts";
import { toChunks } from "./byte-streams.ts";
import type { ChannelServer } from "./channel.ts";
import { operationName } from "./operation-name.ts";
import { hostOperations } from "./operation-table.ts";
import type { HostOperation } from "./operations.ts";

/** What a host has lent to the plug-in on the other side of a channel, each under a name. */
export class Lent {
  readonly runs: Loans<Invocation> = new Loans("run");
  readonly bodies: Loans<ReadableStream<Uint8Array>> = new Loans("body");
  readonly sinks: Loans<SnapshotSink> = new Loans("sink");
}

/** Things of one kind that the other side may name, for as long as an operation lasts. */
export class Loans<T> {
  readonly #type: string;
  readonly #lent = new Map<string, T>();
  #last = 0;

  constructor(type: string) {
    this.#type = type;
  }

  lend(value: T): string {
    const name = `${++this.#last}`;
    this.#lent.set(name, value);
    return name;
  }

  get(name: string): T {
    const found = this.#lent.get(name);
    if (found !== undefined) return found;
    throw raise("resource.missing", {
      op: "wire.receive",
      blame: "plugin",
      detail: { type: this.#type, id: name },
      message: `Cannot find the ${this.#type} ${name}: it is over, or was never lent`,
    });
  }

  take(name: string): T {
    const found = this.get(name);
    this.#lent.delete(name);
    return found;
  }

  end(name: string): void {
    this.#lent.delete(name);
  }
}

/**
 * Answers what a plug-in asks of its host. Only the operations of granted permissions are there;
 * any other is `permission.denied`. Without a host, nothing is granted.
 */
export function serveHost(host: HostPort | undefined, lent: Lent): ChannelServer {
  const has = (permission: keyof PortOf) => host?.granted.has(permission) === true;
  const granted: Handlers<HostOperation> =
    host === undefined
      ? {}
      : {
          ...(has("blob:read") && blobHandlers(host)),
          ...(has("cache") && cacheHandlers(host)),
          ...(has("clock") && { Now: async () => ({ now: host.use("clock").now() }) }),
          ...(has("random") && randomHandlers(host)),
          ...(has("log") && logHandlers(host)),
        };
  const handlers = { ...granted, ...loanHandlers(lent) };
  return answerWith({ table: hostOperations, handlers, onMissing: denied, blame: "host" });
}

function blobHandlers(host: HostPort): Handlers<HostOperation> {
  return {
    async ReadBlob({ digest }, { call }) {
      return { data: await host.use("blob:read").read(digest, call) };
    },
  };
}

function cacheHandlers(host: HostPort): Handlers<HostOperation> {
  return {
    async CacheGet({ key }) {
      const value = await host.use("cache").get(key);
      return value === undefined ? {} : { value };
    },
    async CachePut({ key, value }) {
      await host.use("cache").put(key, value);
      return {};
    },
  };
}

function randomHandlers(host: HostPort): Handlers<HostOperation> {
  return {
    async RandomBytes({ count }) {
      return { data: host.use("random").bytes(count) };
    },
  };
}

function logHandlers(host: HostPort): Handlers<HostOperation> {
  return {
    async WriteLog({ level, message, fields }) {
      host.use("log")[level](message, fields);
      return {};
    },
  };
}

/** What belongs to an operation in flight needs no permission: it ends with the operation. */
function loanHandlers(lent: Lent): Handlers<HostOperation> {
  return {
    async LoadState({ run, keys }, { call }) {
      return { values: await loadState(lent.runs.get(run), keys, call) };
    },
    async CallGuest({ run, ...asked }) {
      const { call } = lent.runs.get(run);
      if (call !== undefined) return call(asked);
      throw denied("CallGuest");
    },
    async *PullBody({ body }) {
      yield* toChunks(lent.bodies.take(body));
    },
    async PushChunk({ sink, data }) {
      await lent.sinks.get(sink)(data);
      return {};
    },
  };
}

async function loadState(
  invocation: Invocation,
  keys: readonly Uint8Array[],
  call: Call,
): Promise<readonly { readonly value: Uint8Array | null }[]> {
  const { reads } = invocation;
  if (reads === undefined) throw denied("LoadState");
  const missing = keys.filter((each) => reads.peek(each) === undefined);
  if (missing.length > 0) await reads.load(missing, call);
  return keys.map((each) => ({ value: reads.peek(each) ?? null }));
}

function denied(operation: string): Error {
  const name = operation.slice(0, 64);
  const known = Object.hasOwn(hostOperations, name)
    ? hostOperations[name as HostOperation].permission
    : undefined;
  return raise("permission.denied", {
    op: operationName(operation),
    blame: "plugin",
    detail: { permission: known ?? name },
    message: "Cannot do the operation: it was not granted",
  });
}
