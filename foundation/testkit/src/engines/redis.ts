import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Certificate } from "@bedplate/conformance/certificates";
import { openScratchFolder } from "../scratch.ts";
import { startDaemon } from "./daemon.ts";
import { openDaemonEngine } from "./daemon-engine.ts";
import type { Engine } from "./engine.ts";
import { findProgram } from "./find-program.ts";
import { findFreePort } from "./free-port.ts";

/** What a server is started with. */
export interface RedisOptions {
  /** When a write is on disk: before its answer, or within a second. Default: `always`. */
  readonly appendFsync?: "always" | "everysec" | undefined;
  /** Lines of `redis.conf`, for example `{ maxmemory: "8mb" }`. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
  /** Makes the port speak TLS only. */
  readonly certificate?: Certificate | undefined;
}

/** The program of Redis, or of its fork Valkey, which speaks the same. */
export function findRedis(): string | undefined {
  return findProgram("redis-server", "valkey-server");
}

/** Starts a Redis server of its own on a free port of the loopback interface, with a random password. */
export async function startRedis(options: RedisOptions = {}): Promise<Engine> {
  const command = findRedis();
  if (command === undefined) throw new Error("Cannot start Redis: redis-server is not on PATH");
  const scratch = openScratchFolder("bedplate-redis");
  const port = await findFreePort();
  const password = randomBytes(18).toString("base64url");
  const config = join(scratch.path, "redis.conf");
  // In a file and not in arguments, which every user of the machine can read.
  writeFileSync(config, configText({ scratch: scratch.path, port, password, options }), {
    mode: 0o600,
  });
  const scheme = options.certificate === undefined ? "redis" : "rediss";
  return openDaemonEngine({
    url: `${scheme}://:${password}@127.0.0.1:${port}/0`,
    port,
    stopSignal: "SIGTERM",
    start: () =>
      startDaemon({
        command,
        args: [config],
        folder: scratch.path,
        ready: /Ready to accept connections/,
      }),
    cleanUp: () => scratch[Symbol.dispose](),
  });
}

interface ConfigFacts {
  readonly scratch: string;
  readonly port: number;
  readonly password: string;
  readonly options: RedisOptions;
}

function configText({ scratch, port, password, options }: ConfigFacts): string {
  const settings = {
    bind: "127.0.0.1",
    requirepass: password,
    dir: scratch,
    daemonize: "no",
    save: '""',
    appendonly: "yes",
    appendfsync: options.appendFsync ?? "always",
    ...ports(port, { folder: scratch, certificate: options.certificate }),
    ...options.settings,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name} ${value}\n`)
    .join("");
}

function ports(
  port: number,
  tls: { readonly folder: string; readonly certificate: Certificate | undefined },
): Readonly<Record<string, string>> {
  if (tls.certificate === undefined) return { port: String(port) };
  const certificateFile = join(tls.folder, "server.crt");
  const keyFile = join(tls.folder, "server.key");
  writeFileSync(certificateFile, tls.certificate.certificate);
  writeFileSync(keyFile, tls.certificate.privateKey, { mode: 0o600 });
  return {
    port: "0",
    "tls-port": String(port),
    "tls-cert-file": certificateFile,
    "tls-key-file": keyFile,
    "tls-auth-clients": "no",
  };
}
