/** One promise of a contract, as code that fails when the promise is broken. */
export interface ConformanceCase<Target, Kit> {
  /** Stable for ever, for example `SS23`. */
  readonly id: string;
  /** What must hold. */
  readonly law: string;
  /** Selects the case by what the target declares. Default: always. */
  readonly when?: ((target: Target) => boolean) | undefined;
  /** What the case needs to be done to the target from outside. */
  readonly controls?: readonly (keyof Kit & string)[] | undefined;
  run(target: Target, kit: Kit): Promise<void>;
}

/** A fresh target and what can be done to it; disposed after its case. */
export interface OpenedTarget<Target, Kit> extends AsyncDisposable {
  readonly target: Target;
  readonly kit: Kit;
}

/** Opens a fresh, empty target. */
export type OpenTarget<Target, Kit> = () => Promise<OpenedTarget<Target, Kit>>;

/** There is no "skipped": a case that was not run says why. */
export type CaseVerdict =
  /** The law held. */
  | "pass"
  /** It did not. */
  | "fail"
  /** The target does not declare what the case is about. */
  | "undeclared"
  /** The harness lacks a control. */
  | "blocked"
  /** No target could be opened. */
  | "error";

/** How one case ended. */
export interface CaseResult {
  readonly id: string;
  readonly law: string;
  readonly verdict: CaseVerdict;
  /** Why, unless it passed. */
  readonly reason?: string | undefined;
}
