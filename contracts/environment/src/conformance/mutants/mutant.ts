import type { Call } from "../../call.ts";
import type { Execution, Invocation } from "../../facets/invoke.ts";
import type { Environment } from "../../gate/environment.ts";
import type { Instance } from "../../gate/instance.ts";
import type { OpenEnvironmentOptions } from "../../gate/open-environment.ts";
import type { InstanceDriver } from "../../instance-driver.ts";
import type { Plugin } from "../../manifest.ts";
import type { ConformanceSubject } from "../conformance-subject.ts";
import { overlay } from "../overlay.ts";
import { withDriver, withInstances, withInvoke } from "../planted-faults.ts";
import type { Protocol } from "../protocol.ts";

/** One deliberate defect, of a plug-in or of its host, wrapped around whatever is under test. */
export interface Mutant {
  /** What is wrong, in a few words. */
  readonly id: string;
  /** Cases that have to notice; the others are tried when these do not. */
  readonly caughtBy: readonly string[];
  /** Subjects on which the defect can show. Default: all. */
  readonly appliesTo?: ((subject: ConformanceSubject) => boolean) | undefined;
  /** Makes the defect afresh, with a memory of its own. */
  make(): MutantParts;
}

/** Where a defect sits. */
export interface MutantParts {
  readonly plugin?: ((plugin: Plugin) => Plugin) | undefined;
  readonly options?: ((options: OpenEnvironmentOptions) => OpenEnvironmentOptions) | undefined;
  readonly environment?: ((environment: Environment) => Environment) | undefined;
  readonly protocol?: Partial<Protocol> | undefined;
}

/** One run, as a defect sees it. */
export interface RunOf {
  readonly invocation: Invocation;
  readonly call: Call;
  readonly instance: InstanceDriver;
}

/** A defect that changes what a run answers. */
export function answering(change: (execution: Execution, run: RunOf) => Execution): MutantParts {
  return running(async (run, inner) => change(await inner(run.invocation), run));
}

/** A defect that changes what a run is given. */
export function asking(change: (invocation: Invocation) => Invocation): MutantParts {
  return running((run, inner) => inner(change(run.invocation)));
}

/** A defect around a run. */
export function running(
  around: (run: RunOf, inner: (invocation: Invocation) => Promise<Execution>) => Promise<Execution>,
): MutantParts {
  return {
    plugin: (plugin) =>
      withInvoke(plugin, (invoke, instance) => ({
        run: (invocation, call) =>
          around({ invocation, call, instance }, (changed) => invoke.run(changed, call)),
      })),
  };
}

/** A defect of every instance. */
export function instances(change: (instance: InstanceDriver) => InstanceDriver): MutantParts {
  return { plugin: (plugin) => withInstances(plugin, change) };
}

/** A defect of the driver. */
export function driver(change: Parameters<typeof withDriver>[1]): MutantParts {
  return { plugin: (plugin) => withDriver(plugin, change) };
}

/** A defect of the host around every instance that it made. */
export function hostInstances(change: (instance: Instance) => Instance): MutantParts {
  return {
    environment: (environment) =>
      overlay(environment, {
        create: async (spec, call) => change(await environment.create(spec, call)),
      }),
  };
}

/** The same execution with other fuel. */
export function withFuel(execution: Execution, fuel: number): Execution {
  return { ...execution, usage: { ...execution.usage, fuel } };
}

/** The same execution with another outcome. */
export function withOutcome(execution: Execution, outcome: Execution["outcome"]): Execution {
  return { ...execution, outcome };
}

/** True for subjects that have the programs. */
export function has(
  ...names: readonly (keyof ConformanceSubject["programs"])[]
): (subject: ConformanceSubject) => boolean {
  return ({ programs }) => names.every((name) => programs[name] !== undefined);
}

/** True for subjects that enforce the meter. */
export function metered(name: string): (subject: ConformanceSubject) => boolean {
  return ({ plugin }) => {
    const meters: readonly string[] = plugin.manifest.declares.invoke?.meters ?? [];
    return meters.includes(name);
  };
}

/** True for subjects whose instances take one run at a time. */
export function runsOneAtATime({ plugin }: ConformanceSubject): boolean {
  return !plugin.manifest.profile.concurrency.isReentrant;
}

/** UTF-8 bytes. */
export function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text));
}
