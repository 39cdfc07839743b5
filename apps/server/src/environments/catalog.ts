import type { Permission, Plugin } from "@bedplate/environment";
import type { MountKind, ServerConfig } from "../config.ts";

/** An environment that comes with the server. */
export interface CatalogEntry {
  readonly slot: string;
  /** What the plug-in calls itself; by it, the configuration speaks of the environment. */
  readonly name: string;
  /** Whether the slot stands for another entry at first, and this one is there to be swapped in. */
  readonly isSpare: boolean;
  /** The module that a worker or a process of its own loads. */
  readonly module: string;
  /** The module with the programs that prove it. */
  readonly conformance: string;
  /** The export that is the plug-in, or makes it. */
  readonly exportName: string;
  readonly mount: MountKind;
  /** Where an embedded server mounts it: in its own thread, unless guests would hold that up. */
  readonly embeddedMount: MountKind;
  readonly grants: readonly Permission[];
  /** The release's config, where the server's own has a say in it. */
  readonly configOf?: ((own: ReleaseConfig, server: ServerConfig) => ReleaseConfig) | undefined;
  load(): Promise<Plugin>;
}

type ReleaseConfig = Readonly<Record<string, unknown>> | undefined;

/** A slot that this host does not mount. */
export interface MissingSlot {
  readonly slot: string;
  readonly reason: string;
}

const standardGrants: readonly Permission[] = ["blob:read", "cache", "clock", "random", "log"];

type Described = "module" | "conformance" | "exportName" | "mount" | "embeddedMount";

function entry(
  slot: string,
  options: Pick<CatalogEntry, Described> &
    Partial<Pick<CatalogEntry, "name" | "isSpare" | "configOf">>,
): CatalogEntry {
  const { module, exportName } = options;
  return {
    slot,
    name: slot,
    isSpare: false,
    ...options,
    grants: standardGrants,
    load: () => loadPlugin(module, exportName),
  };
}

/** Loads an export that is a plug-in, or a function that makes one. */
export async function loadPlugin(module: string, exportName: string): Promise<Plugin> {
  const loaded = (await import(module)) as Record<string, Plugin | (() => Plugin)>;
  const found = loaded[exportName];
  if (found === undefined) throw new Error(`${module} has no export ${exportName}`);
  return typeof found === "function" ? found() : found;
}

/** Machines outlive a server whose records do, and end with one in memory. */
function keepMachines(own: ReleaseConfig, { data }: ServerConfig): ReleaseConfig {
  return { onClose: data === "memory:" ? "release" : "keep", ...own };
}

/**
 * Every environment of this distribution. Guests of `wasm` and `evm` run in the environment's own
 * thread, which therefore is never the server's; `javascript` has threads of its own for them, and `python`
 * processes.
 */
export const catalog: readonly CatalogEntry[] = [
  entry("wasm", {
    module: import.meta.resolve("@bedplate/environment-wasm"),
    conformance: import.meta.resolve("@bedplate/environment-wasm/conformance"),
    exportName: "wasmPlugin",
    mount: "worker",
    embeddedMount: "worker",
  }),
  entry("javascript", {
    module: import.meta.resolve("@bedplate/environment-javascript"),
    conformance: import.meta.resolve("@bedplate/environment-javascript/conformance"),
    exportName: "javascriptPlugin",
    mount: "worker",
    embeddedMount: "in-process",
  }),
  entry("python", {
    module: import.meta.resolve("@bedplate/environment-python"),
    conformance: import.meta.resolve("@bedplate/environment-python/conformance"),
    exportName: "pythonPlugin",
    mount: "in-process",
    embeddedMount: "in-process",
  }),
  entry("evm", {
    name: "evm-compiled",
    module: import.meta.resolve("@bedplate/environment-evm"),
    conformance: import.meta.resolve("@bedplate/environment-evm/conformance"),
    exportName: "evmCompiledPlugin",
    mount: "worker",
    embeddedMount: "worker",
  }),
  entry("evm", {
    name: "evm-reference",
    isSpare: true,
    module: import.meta.resolve("@bedplate/environment-evm"),
    conformance: import.meta.resolve("@bedplate/environment-evm/reference-conformance"),
    exportName: "evmReferencePlugin",
    mount: "worker",
    embeddedMount: "worker",
  }),
  entry("container", {
    module: import.meta.resolve("@bedplate/environment-container"),
    conformance: import.meta.resolve("@bedplate/environment-container/conformance"),
    exportName: "containerPlugin",
    mount: "in-process",
    embeddedMount: "in-process",
    configOf: keepMachines,
  }),
  entry("gvisor", {
    module: import.meta.resolve("@bedplate/environment-container"),
    conformance: import.meta.resolve("@bedplate/environment-container/gvisor-conformance"),
    exportName: "gvisorPlugin",
    mount: "in-process",
    embeddedMount: "in-process",
    configOf: keepMachines,
  }),
  entry("fake", {
    module: import.meta.resolve("@bedplate/environment-fake"),
    conformance: import.meta.resolve("@bedplate/environment-fake/conformance"),
    exportName: "fakePlugin",
    mount: "in-process",
    embeddedMount: "in-process",
  }),
  entry("fake-machine", {
    module: import.meta.resolve("@bedplate/environment-fake"),
    conformance: import.meta.resolve("@bedplate/environment-fake/machine-conformance"),
    exportName: "fakeMachinePlugin",
    mount: "in-process",
    embeddedMount: "in-process",
  }),
];
