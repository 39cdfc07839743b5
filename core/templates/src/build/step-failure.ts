import type { BuildCommandEnd } from "./build-machine.ts";

/** A step that did not succeed: the template's maker has to change it. */
export class StepFailure extends Error {
  override readonly name = "StepFailure";
}

/** Throws where a command did not end well. */
export function demandSuccess(end: BuildCommandEnd, what: string): void {
  if (end.code === 0) return;
  if (end.isTimedOut) throw new StepFailure(`${what} took too long and was ended`);
  if (end.signal !== null) throw new StepFailure(`${what} was ended by ${end.signal}`);
  throw new StepFailure(`${what} exited with code ${end.code}`);
}
