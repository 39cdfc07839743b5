import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Certificate } from "@bedplate/conformance/certificates";
import { openScratchFolder } from "../scratch.ts";
import { startDaemon } from "./daemon.ts";
import { openDaemonEngine } from "./daemon-engine.ts";
import type { Engine } from "./engine.ts";
import { findFreePort } from "./free-port.ts";
import { findPostgresPackage } from "./postgres-binaries.ts";
import { openPostgresTemplate } from "./postgres-template.ts";
import { giveTo, unprivilegedUser } from "./unprivileged-user.ts";

/** What a server is started with. */
export interface PostgresOptions {
  /** Settings of `postgresql.conf`, for example `{ max_connections: "5" }`. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
  /** Lets clients speak TLS. */
  readonly certificate?: Certificate | undefined;
}

/** Light and quiet, and as durable as in production: `fsync` and `synchronous_commit` stay on. */
const defaultSettings = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  // Shared memory in the data folder goes with it, also after a kill.
  dynamic_shared_memory_type: "mmap",
  shared_buffers: "32MB",
  max_connections: "60",
  io_method: "sync",
  jit: "off",
  log_min_messages: "warning",
};

/** Starts a PostgreSQL server of its own on a free port of the loopback interface, with a random password. */
export async function startPostgres(options: PostgresOptions = {}): Promise<Engine> {
  const packageFolder = findPostgresPackage();
  if (packageFolder === undefined) throw new Error("Cannot start PostgreSQL: it is not installed");
  const { binaries, data: template, password } = openPostgresTemplate(packageFolder);
  const scratch = openScratchFolder("bedplate-postgres");
  const data = join(scratch.path, "data");
  const user = unprivilegedUser();
  // The programs of the system keep owners and modes, and share blocks where the file system can.
  execFileSync("cp", ["-a", template, data]);
  giveTo(user, scratch.path);
  const port = await findFreePort();
  const tls = tlsSettings(scratch.path, options.certificate);
  const settings = { ...defaultSettings, ...tls, ...options.settings, port };
  const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  return openDaemonEngine({
    url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
    port,
    stopSignal: "SIGQUIT",
    start: () =>
      startDaemon({
        command: binaries.postgres,
        args: ["-D", data, ...args],
        folder: scratch.path,
        ready: /database system is ready to accept connections/,
        user,
      }),
    cleanUp: () => {
      removeSharedMemory(data);
      scratch[Symbol.dispose]();
    },
  });
}

function tlsSettings(
  folder: string,
  certificate: Certificate | undefined,
): Readonly<Record<string, string>> {
  if (certificate === undefined) return {};
  const write = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    giveTo(unprivilegedUser(), path);
    return path;
  };
  return {
    ssl: "on",
    ssl_cert_file: write("server.crt", certificate.certificate),
    ssl_key_file: write("server.key", certificate.privateKey),
  };
}

/** A server that was killed leaves a segment with the system; its lock file says which. */
function removeSharedMemory(data: string): void {
  try {
    const [, segment] = (readFileSync(join(data, "postmaster.pid"), "utf8").split("\n")[6] ?? "")
      .trim()
      .split(/\s+/);
    if (segment !== undefined) execFileSync("ipcrm", ["-m", segment], { stdio: "ignore" });
  } catch {
    // There is no lock file after an orderly end, and no segment where there is no `ipcrm`.
  }
}
