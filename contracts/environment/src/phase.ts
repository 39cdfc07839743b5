import type { FacetName } from "./facets/facet-spec.ts";

/** Where an instance is in its life. */
export type Phase = "created" | "running" | "paused" | "stopped" | "failed" | "lost" | "released";

/** Everything that can be asked of an instance. */
export type InstanceOperation = "start" | "status" | "wait" | "stop" | "release" | FacetName;

const everyPhase: readonly Phase[] = ["created", "running", "paused", "stopped", "failed", "lost"];

/** Which operation is legal in which phase. The host's monitor, the tests' generator and the docs read it. */
export const phaseTable: { readonly [O in InstanceOperation]: readonly Phase[] } = {
  start: ["created", "running"],
  status: [...everyPhase, "released"],
  wait: [...everyPhase, "released"],
  stop: ["running", "paused", "stopped", "failed", "created"],
  release: ["created", "paused", "stopped", "failed", "released"],
  invoke: ["running"],
  rewind: ["running", "paused"],
  exec: ["running"],
  files: ["running"],
  serve: ["running", "paused"],
  egress: ["running", "paused"],
  pause: ["running", "paused"],
  snapshot: ["running", "paused"],
  resize: ["running"],
  observe: ["running"],
};

/** True when the table lets the operation through. */
export function isLegal(operation: InstanceOperation, phase: Phase): boolean {
  return phaseTable[operation].includes(phase);
}
