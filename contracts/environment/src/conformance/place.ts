import type { Budget, Meter } from "../budget.ts";
import type { Environment } from "../gate/environment.ts";
import type { Guard } from "../gate/guard.ts";
import type { OpenEnvironmentOptions } from "../gate/open-environment.ts";
import type { Plugin } from "../manifest.ts";
import { overWire } from "../wire/index.ts";
import type { ConformanceSubject, Position } from "./conformance-subject.ts";

/** What stands between a caller and a plug-in. */
export interface Place {
  plugin(plugin: Plugin): Plugin;
  options(options: OpenEnvironmentOptions): OpenEnvironmentOptions;
  environment(environment: Environment): Environment;
}

/** The place of each position. */
export function placeIn(position: Position, subject: ConformanceSubject): Place {
  const through: Place = {
    plugin: (plugin) => plugin,
    options: (options) => options,
    environment: (environment) => environment,
  };
  if (position === "wire") return { ...through, plugin: overWire };
  if (position === "in-process") return through;
  const guard = policyGuard(subject);
  return { ...through, options: (options) => ({ guard, ...options }) };
}

/** More than any case asks for. */
const ceilingAmount: number = 2 ** 48;

/** A host with a policy: it knows its principals, and bounds every declared meter. */
function policyGuard(subject: ConformanceSubject): Guard {
  const declared: readonly Meter[] = subject.plugin.manifest.declares.invoke?.meters ?? [];
  const ceiling: Budget = Object.fromEntries(
    declared.filter((each) => each !== "wallMs").map((each) => [each, ceilingAmount]),
  );
  return { decide: () => ({ ceiling }) };
}
