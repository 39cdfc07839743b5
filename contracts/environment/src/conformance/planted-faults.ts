import { type Fault, FaultError, type FaultKind } from "@bedplate/errors";
import type { EnvironmentDriver } from "../environment-driver.ts";
import type { InvokeDriver } from "../facets/invoke.ts";
import type { InstanceDriver } from "../instance-driver.ts";
import type { Plugin } from "../manifest.ts";
import type { CaseRig, RunOptions } from "./case-rig.ts";
import { overlay } from "./overlay.ts";

/** Runs `echo` in an environment whose every run throws what `error` makes. */
export async function failingRuns(
  rig: CaseRig,
  error: () => unknown,
  options: RunOptions = {},
): Promise<void> {
  const run = async () => {
    throw error();
  };
  const decorate = (plugin: Plugin) => withInvoke(plugin, () => ({ run }));
  const { environment } = await rig.open({ decorate });
  await rig.runFresh("echo", { ...options, environment });
}

/** The same plug-in with another `invoke`. */
export function withInvoke(
  plugin: Plugin,
  change: (invoke: InvokeDriver, instance: InstanceDriver) => InvokeDriver,
): Plugin {
  return withInstances(plugin, (instance) => {
    const { invoke } = instance.facets as { readonly invoke?: InvokeDriver };
    if (invoke === undefined) return instance;
    const facets = { ...instance.facets, invoke: change(invoke, instance) };
    return overlay(instance, { facets: facets as InstanceDriver["facets"] });
  });
}

/** The same plug-in with every instance changed, created or recovered. */
export function withInstances(
  plugin: Plugin,
  change: (instance: InstanceDriver) => InstanceDriver,
): Plugin {
  return withDriver(plugin, (driver) =>
    overlay(driver, {
      create: async (spec, call) => change(await driver.create(spec, call)),
      async recover(handle, call) {
        const found = await driver.recover(handle, call);
        if (found.found !== "alive") return found;
        return { found: "alive", instance: change(found.instance) };
      },
    }),
  );
}

/** The same plug-in with another driver. */
export function withDriver(
  plugin: Plugin,
  change: (driver: EnvironmentDriver) => EnvironmentDriver,
): Plugin {
  return overlay(plugin, {
    async open(host, config, call) {
      return change(await plugin.open(host, config, call));
    },
  });
}

/** The same plug-in, but every fault says something else. */
export function scrambled(plugin: Plugin): Plugin {
  const scramble = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
      throw new FaultError({ ...error.fault, message: "zyx 4711 otherwise" }, { cause: error });
    }
  };
  const runs = withInvoke(plugin, (invoke) => ({
    run: (invocation, call) => scramble(invoke.run(invocation, call)),
  }));
  return withDriver(runs, (driver) =>
    overlay(driver, {
      admit: (artifact, call) => scramble(driver.admit(artifact, call)),
      create: (spec, call) => scramble(driver.create(spec, call)),
    }),
  );
}

/** A fault that no registry knows, for planting. */
export function oddFault(
  change: Partial<Fault> & { readonly code: string; readonly kind: FaultKind },
): Fault {
  return {
    effect: "none",
    retry: "never",
    blame: "plugin",
    op: "instance.invoke",
    detail: { planted: 1 },
    message: "a planted fault",
    causes: [],
    ...change,
  } as Fault;
}

/** The codes of a fault and its causes, nearest first. */
export function causeChain(fault: Fault): readonly string[] {
  const [cause] = fault.causes;
  return cause === undefined ? [fault.code] : [fault.code, ...causeChain(cause)];
}
