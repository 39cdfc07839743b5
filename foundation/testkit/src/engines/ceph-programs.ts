import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Daemon, startDaemon } from "./daemon.ts";
import type { EngineRoot } from "./engine-root.ts";
import type { SystemUser } from "./unprivileged-user.ts";

/** Where a small Ceph cluster lives (one monitor, one store, one gateway), and as whom it runs. */
export interface CephPlace {
  readonly root: EngineRoot;
  readonly user: SystemUser | undefined;
  readonly folder: string;
  readonly clusterId: string;
  readonly monitorPort: number;
  /** The first of some ports for the store. */
  readonly storePort: number;
  readonly gatewayPort: number;
}

const toolTimeoutMs = 60_000;
const run = promisify(execFile);

/** Runs a program of Ceph to its end. */
export async function runCeph(place: CephPlace, command: readonly string[]): Promise<void> {
  const { command: file, args } = programOf(place, command);
  await run(file, args, {
    ...place.user,
    cwd: place.folder,
    timeout: toolTimeoutMs,
    env: { PATH: process.env["PATH"], LC_ALL: "C", ...place.root.variables, ...configOf(place) },
  });
}

/** Starts a program of Ceph that serves. */
export function startCeph(
  place: CephPlace,
  { command, ready }: { readonly command: readonly string[]; readonly ready: RegExp },
): Promise<Daemon> {
  return startDaemon({
    ...programOf(place, command),
    folder: place.folder,
    ready,
    user: place.user,
    variables: { ...place.root.variables, ...configOf(place) },
  });
}

function programOf({ root }: CephPlace, [name = "", ...args]: readonly string[]) {
  return root.program(name, args);
}

function configOf({ folder }: CephPlace): Readonly<Record<string, string>> {
  return { CEPH_CONF: join(folder, "ceph.conf") };
}
