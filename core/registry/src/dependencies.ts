import type { Manifest } from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import { satisfies } from "./version-range.ts";

/** What dependency resolution knows of a release. */
export interface Dependant {
  readonly name: string;
  readonly version: string;
  readonly dependsOn: Manifest["dependsOn"];
}

/** Refuses a release whose needs are not registered, or that would close a circle. */
export function resolveDependencies(added: Dependant, registered: readonly Dependant[]): void {
  for (const { name, range, isOptional } of added.dependsOn) {
    const found = registered.some((each) => each.name === name && satisfies(each.version, range));
    if (found || isOptional || name === added.name) continue;
    throw raise("dependency.missing", {
      op: "registry.register",
      subject: `release/${added.name}@${added.version}`,
      detail: { name, range },
      message: `Cannot register ${added.name}@${added.version}: it needs ${name} ${range}, and no such release is registered`,
    });
  }
  refuseCycle(added, registered);
}

function refuseCycle(added: Dependant, registered: readonly Dependant[]): void {
  const needs = new Map<string, Set<string>>();
  for (const { name, dependsOn } of [...registered, added]) {
    const names = needs.get(name) ?? new Set();
    for (const each of dependsOn) names.add(each.name);
    needs.set(name, names);
  }
  const path = findPath(added.name, { needs, to: added.name });
  if (path === undefined) return;
  throw raise("dependency.cycle", {
    op: "registry.register",
    subject: `release/${added.name}@${added.version}`,
    detail: { path },
    message: `Cannot register ${added.name}@${added.version}: it needs itself, through ${path.join(" -> ")}`,
  });
}

/** A way from `from` back to `to` over one or more needs. */
function findPath(
  from: string,
  options: { readonly needs: ReadonlyMap<string, ReadonlySet<string>>; readonly to: string },
): readonly string[] | undefined {
  const { needs, to } = options;
  const seen = new Set<string>();
  const paths: (readonly string[])[] = [[from]];
  for (let path = paths.pop(); path !== undefined; path = paths.pop()) {
    for (const next of needs.get(path.at(-1) ?? "") ?? []) {
      if (next === to) return [...path, next];
      if (!seen.has(next)) paths.push([...path, next]);
      seen.add(next);
    }
  }
  return undefined;
}
