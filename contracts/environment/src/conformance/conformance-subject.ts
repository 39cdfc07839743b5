import type { Budget } from "../budget.ts";
import type { Call } from "../call.ts";
import type { Execution } from "../facets/invoke.ts";
import type { Environment } from "../gate/environment.ts";
import type { OpenEnvironmentOptions } from "../gate/open-environment.ts";
import type { Plugin } from "../manifest.ts";
import type { ControlName } from "./conformance-case.ts";
import type { ConformanceMachine } from "./conformance-machine.ts";

/** An environment under test: the plug-in, and small programs in its own language. */
export interface ConformanceSubject {
  readonly plugin: Plugin;
  /** Release config for every opening. Default: `{}`. */
  readonly config?: Readonly<Record<string, unknown>> | undefined;
  /** Members of every instance config; cases add `session`. Default: `{}`. */
  readonly instanceConfig?: Readonly<Record<string, unknown>> | undefined;
  readonly programs: ConformancePrograms;
  /**
   * Optional behaviours that this language has not, each with its reason. Their cases count as
   * undeclared, and are turned round: no program may show the behaviour.
   */
  readonly cannot?: { readonly [N in OptionalProgramName]?: string } | undefined;
  /** Commands for the cases about machines. Needed by what declares `exec`. */
  readonly machine?: ConformanceMachine | undefined;
  /** What the harness cannot do to this subject. Default: nothing. */
  readonly lacks?: readonly ControlName[] | undefined;
  /** How a case's payload becomes `Invocation.input`. Default: the payload as it is. */
  readonly encodeInput?: ((payload: Uint8Array) => Uint8Array) | undefined;
  /** Budget that suffices for every program that ends. Default: `plenty` of each declared meter. */
  readonly budget?: Budget | undefined;
  /** How often IV-01 and EE-33 repeat. Default: 1000. */
  readonly repeats?: number | undefined;
  /** Longest time for one operation. Default: 30 000. */
  readonly timeoutMs?: number | undefined;
  /** Opens the plug-in, for one that is mounted elsewhere. Default: `openEnvironment`. */
  readonly open?:
    | ((plugin: Plugin, options: OpenEnvironmentOptions, call: Call) => Promise<Environment>)
    | undefined;
}

/** One program, as an artifact and the way to start it. */
export interface ConformanceProgram {
  readonly artifact: Uint8Array;
  /** Default: `main`. */
  readonly entry?: string | undefined;
  /** How the payload becomes `Invocation.input`. Default: the subject's `encodeInput`. */
  readonly input?: ((payload: Uint8Array) => Uint8Array) | undefined;
  /** State that it reads, where a case gives it none. */
  readonly state?: readonly { readonly key: Uint8Array; readonly value: Uint8Array }[] | undefined;
  /** What the guest said. Default: its `stdout` events, then its output. */
  readonly says?: ((execution: Execution) => Uint8Array) | undefined;
}

/**
 * What each program does with its payload. "Says" means: leaves as output or as `stdout` events.
 * Texts are UTF-8 without a line break at the end (one line break there is ignored).
 */
export interface ConformancePrograms extends RequiredPrograms, OptionalPrograms, DeclaredPrograms {}

/** What a declared parameter is proved with. */
interface DeclaredPrograms {
  /** Runs with the payload `yes`, and is refused with any other. For `invoke.checks`. */
  readonly picky?: ConformanceProgram | undefined;
  /** Credits at least one key, and reads none that it credits. For `invoke.credits`. */
  readonly credit?: ConformanceProgram | undefined;
}

interface RequiredPrograms {
  /** Says its payload, byte for byte, and returns. */
  readonly echo: ConformanceProgram;
  /** Writes the key `a` where it can write state, says its payload, then ends as `reverted`. */
  readonly fail: ConformanceProgram;
  /** Never ends, says nothing. */
  readonly spin: ConformanceProgram;
  /** Says something for ever. */
  readonly flood: ConformanceProgram;
  /** An artifact that is broken: never admitted. */
  readonly corrupt: ConformanceProgram;
}

interface OptionalPrograms {
  /** Writes the key `a` where it can write state, then breaks a rule of its instruction set. */
  readonly trap?: ConformanceProgram | undefined;
  /** Catches all that its language lets it catch, and goes on for ever. */
  readonly stubborn?: ConformanceProgram | undefined;
  /** Takes memory, and touches it, until there is none. For the meter `memoryBytes`. */
  readonly hoard?: ConformanceProgram | undefined;
  /** Calls itself as many levels deep as its payload says in decimal digits, then returns. For the meter `depth`. */
  readonly recurse?: ConformanceProgram | undefined;
  /** Adds one to a number that it keeps in its own memory, and says it in decimal digits: `1` when fresh. */
  readonly count?: ConformanceProgram | undefined;
  /** Says its wall clock, in any form that differs when the time differs by a day. */
  readonly clock?: ConformanceProgram | undefined;
  /** Says at least 8 bytes of chance, in any form. */
  readonly random?: ConformanceProgram | undefined;
  /** Says the value of the state key that is its payload; `(none)` where the key has none. */
  readonly read?: ConformanceProgram | undefined;
  /** Writes `b` = `1`, `a` = `2`, `b` = `3`, and deletes `c`. Values are UTF-8. */
  readonly write?: ConformanceProgram | undefined;
  /** Makes three events with the data `a`, `b`, `c`, where it can with different topics, in turn. */
  readonly events?: ConformanceProgram | undefined;
  /** Calls the entry `main` of the target that is its payload, with the input `ping`, and says the kind of the outcome. */
  readonly call?: ConformanceProgram | undefined;
  /** The same as `call`, as a static call. */
  readonly callStatic?: ConformanceProgram | undefined;
  /** An artifact that is well made but needs what this environment has not: refused, never trapped. */
  readonly unsupported?: ConformanceProgram | undefined;
}

/** Every behaviour that cases use. */
export type ProgramName = keyof ConformancePrograms;

/** Behaviours that a language may lack. */
export type OptionalProgramName = keyof OptionalPrograms;

/** Where a case runs: the same cases, with the same seed, in each. */
export type Position = "in-process" | "wire" | "gated";

/** Every position, in the order in which they run. */
export const positions: readonly Position[] = ["in-process", "wire", "gated"];
