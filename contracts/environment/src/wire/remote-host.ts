import { hash } from "node:crypto";
import { raise } from "@bedplate/errors";
import type { Log, LogFields, LogLevel } from "@bedplate/telemetry";
import { type Call, newCall } from "../call.ts";
import { createHostPort } from "../gate/host-port.ts";
import type { HostPort, Permission, PortOf, RandomPort } from "../host-port.ts";
import { ask } from "./ask.ts";
import type { Channel } from "./channel.ts";
import type { OpenRequest } from "./environment-messages.ts";

/** How long a plug-in waits for what carries no call of its own: the cache and the log. */
const hostTimeoutMs = 10_000;

/**
 * The host, as a plug-in on the other side of a channel sees it. The clock and the generator must
 * answer at once, so both are set up once: the clock is this machine's, moved to the host's time;
 * the generator is SHA-256 over 32 bytes of the host's and a counter.
 */
export async function connectHost(
  channel: Channel,
  opened: OpenRequest,
  call: Call,
): Promise<HostPort> {
  const { owner, granted } = opened;
  const has = (permission: keyof PortOf) => granted.includes(permission);
  const ports: { -readonly [P in keyof PortOf]?: PortOf[P] } = {};
  if (has("blob:read")) {
    ports["blob:read"] = {
      read: async (digest, reading) => {
        const message = { digest };
        return (await ask(channel, { operation: "ReadBlob", message }, { call: reading })).data;
      },
    };
  }
  if (has("cache")) ports.cache = remoteCache(channel, call);
  if (has("clock")) {
    const { now } = await ask(channel, { operation: "Now", message: {} }, { call });
    const ahead = now - Date.now();
    ports.clock = { now: () => Date.now() + ahead };
  }
  if (has("random")) {
    const message = { count: 32 };
    const { data } = await ask(channel, { operation: "RandomBytes", message }, { call });
    ports.random = expand(data);
  }
  if (has("log")) ports.log = remoteLog(channel, call, {});
  return createHostPort({ owner, grants: granted as readonly Permission[], ports });
}

function remoteCache(channel: Channel, opened: Call): PortOf["cache"] {
  const call = () => callOfPlugin(opened);
  return {
    async get(key) {
      const asked = { operation: "CacheGet", message: { key } } as const;
      return (await ask(channel, asked, { call: call() })).value;
    },
    async put(key, value) {
      await ask(channel, { operation: "CachePut", message: { key, value } }, { call: call() });
    },
  };
}

function remoteLog(channel: Channel, opened: Call, fields: LogFields): Log {
  const at =
    (level: LogLevel) =>
    (message: string, more: LogFields = {}) => {
      const known = Object.entries({ ...fields, ...more }).filter(([, each]) => each !== undefined);
      const line = { level, message, fields: Object.fromEntries(known) };
      // A line that cannot be delivered is lost: the log is no place to report that to.
      ask(channel, { operation: "WriteLog", message: line }, { call: callOfPlugin(opened) }).then(
        undefined,
        () => {},
      );
    };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    child: (more) => remoteLog(channel, opened, { ...fields, ...more }),
  };
}

function callOfPlugin(opened: Call): Call {
  return newCall({ principal: opened.principal, timeoutMs: hostTimeoutMs, trace: opened.trace });
}

function expand(seed: Uint8Array): RandomPort {
  if (seed.length !== 32) {
    throw raise("internal.bug", {
      op: "wire.RandomBytes",
      detail: { where: "RandomBytes" },
      message: `Cannot seed the generator: the host answered ${seed.length} bytes for 32`,
    });
  }
  let counter = 0;
  const block = Buffer.alloc(40);
  block.set(seed);
  return {
    bytes(count) {
      const result = new Uint8Array(count);
      for (let offset = 0; offset < count; offset += 32) {
        block.writeBigUInt64BE(BigInt(counter++), 32);
        result.set(hash("sha256", block, "buffer").subarray(0, count - offset), offset);
      }
      return result;
    },
  };
}
