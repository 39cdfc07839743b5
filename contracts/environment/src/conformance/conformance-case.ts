import type { Manifest } from "../manifest.ts";
import type { CaseRig } from "./case-rig.ts";
import type { CommandName } from "./conformance-machine.ts";
import type { ProgramName } from "./conformance-subject.ts";

/** One law, runnable. Its id is stable and appears in contracts, reports and attestations. */
export interface ConformanceCase {
  /** For example `IV-08`. */
  readonly id: string;
  /** The law in one sentence. */
  readonly law: string;
  /** Which declarations select the case. Default: every environment. */
  readonly requires?: CaseRequirement | undefined;
  /** Behaviours it needs; one that the subject has not turns the case round. */
  readonly programs?: readonly ProgramName[] | undefined;
  /** What it needs to be able to do inside a machine. */
  readonly commands?: readonly CommandName[] | undefined;
  /** What the harness has to be able to do. */
  readonly controls?: readonly ControlName[] | undefined;
  /** Resolves when the law holds; throws `ConformanceFailure` or a fault when it does not. */
  run(rig: CaseRig): Promise<void>;
}

/** A predicate over a manifest, with the words for it. */
export interface CaseRequirement {
  /** For the reference table, for example `invoke` or `invoke.meters: fuel`. */
  readonly text: string;
  /** True when the manifest declares what the case is about. */
  holds(manifest: Manifest): boolean;
  /** The negative twin: resolves when using what is not declared is refused as it has to be. */
  refuse(rig: CaseRig): Promise<void>;
}

/** What a harness can do to an environment besides calling it. */
export type ControlName = "crash" | "blob-failure";

/**
 * - `pass`: the law holds here.
 * - `fail`: it does not.
 * - `undeclared`: the manifest does not declare it, and using it was refused as it has to be.
 * - `blocked`: the harness lacks a control or a program.
 * - `error`: the suite itself is broken.
 */
export type CaseVerdict = "pass" | "fail" | "undeclared" | "blocked" | "error";
