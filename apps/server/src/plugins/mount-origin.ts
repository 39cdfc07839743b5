import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Call } from "@bedplate/environment";
import { type Mount, mountInProcess, mountInWorker } from "@bedplate/environment-remote";
import { FaultError, isFault } from "@bedplate/errors";
import type { ReleaseOrigin } from "@bedplate/registry";
import type { Log } from "@bedplate/telemetry";
import type { MountKind } from "../config.ts";
import { listenTo } from "./last-line.ts";

/** The export that a module's plug-in has when nobody says otherwise. */
export const pluginExport = "plugin";

/** Stays what it is when the package is published as JavaScript. */
const moduleMain = fileURLToPath(
  new URL(`./module-process${extname(import.meta.url)}`, import.meta.url),
);

export type MountedOrigin = Omit<ReleaseOrigin, "files">;

export interface MountOptions {
  readonly call: Call;
  readonly log?: Log | undefined;
  readonly kind?: MountKind | undefined;
}

/**
 * Mounts what lies at an origin: in a process of its own, or a module in a worker thread where the
 * operator prefers that. Never in this thread, where nothing could end it.
 */
export async function mountOrigin(origin: MountedOrigin, options: MountOptions): Promise<Mount> {
  const listening = listenTo(options.log);
  try {
    return await mount(origin, { ...options, log: listening.log });
  } catch (error) {
    throw explained(error, listening.last());
  }
}

function mount(origin: MountedOrigin, options: MountOptions): Promise<Mount> {
  const { folder, kind, exportName = pluginExport } = origin;
  const { call, log } = options;
  const main = join(folder, origin.main);
  if (kind === "module" && options.kind === "worker") {
    return mountInWorker({ module: main, exportName, log }, call);
  }
  return mountInProcess({ ...commandOf(origin), cwd: folder, log }, call);
}

function commandOf(origin: MountedOrigin): {
  readonly command: string;
  readonly args: readonly string[];
} {
  const { folder, kind, interpreter, args = [], exportName = pluginExport } = origin;
  const main = join(folder, origin.main);
  if (kind === "module") {
    const flags = ["--disable-warning=ExperimentalWarning"];
    return { command: process.execPath, args: [...flags, moduleMain, main, exportName] };
  }
  if (interpreter === undefined) return { command: main, args };
  return { command: interpreter, args: [main, ...args] };
}

/** What a plug-in printed before it failed says more than that it failed. */
function explained(error: unknown, line: string | undefined): unknown {
  if (!isFault(error) || line === undefined) return error;
  const { fault } = error;
  return new FaultError({ ...fault, message: `${fault.message}; it printed "${line}"` });
}
