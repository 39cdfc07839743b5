import { systemClock } from "@bedplate/clock";
import type { ProviderHost } from "@bedplate/provider";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { silentLog } from "@bedplate/telemetry";
import { type Engine, openWire, type RedisOptions, startRedis, type Wire } from "@bedplate/testkit";
import {
  openRedisClient,
  type RedisClient,
  type RedisSettings,
  readRedisUrl,
  redisProperties,
} from "../../src/index.ts";

/** What every provider's settings contain, and nothing else. */
export const settings: Schema<RedisSettings> = defineSchema(
  Type.Object({ ...redisProperties }, { additionalProperties: false }),
);

export const host: ProviderHost = { clock: systemClock, log: silentLog, variables: {} };

/** Opens a client on an engine's URL with settings behind it. */
export function openClient(url: string, query = ""): Promise<RedisClient> {
  return openRedisClient(readRedisUrl(`${url}?${query}`, settings), host);
}

/** An engine, a wire in front of it, a client through the wire and one past it. */
export interface Rig extends AsyncDisposable {
  readonly engine: Engine;
  readonly wire: Wire;
  readonly redis: RedisClient;
  readonly direct: RedisClient;
}

/** Starts all of it. */
export async function openRig(
  options: RedisOptions & { readonly query?: string | undefined } = {},
): Promise<Rig> {
  await using stack = new AsyncDisposableStack();
  const engine = stack.use(await startRedis(options));
  const wire = stack.use(await openWire(engine));
  const direct = stack.use(await openClient(engine.url));
  const redis = stack.use(await openClient(wire.url(engine.url), options.query));
  const owned = stack.move();
  return { engine, wire, redis, direct, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

export const call = { op: "test.do", isText: true } as const;
