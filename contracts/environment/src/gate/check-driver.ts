import { raise } from "@bedplate/errors";
import type { EnvironmentDriver } from "../environment-driver.ts";
import type { Declares } from "../facets/facet-spec.ts";
import { facetNames } from "../facets/facet-spec.ts";
import type { InstanceDriver } from "../instance-driver.ts";

/** What the handle of a new instance has to say. */
export interface ExpectedHandle {
  readonly key: string;
  readonly owner: string;
  readonly release: string;
}

/** Refuses a driver that can assess snapshots and does not declare them, or the other way round. */
export function checkAssess<D extends Declares>(driver: EnvironmentDriver<D>, declares: D): void {
  if ((driver.assess !== undefined) === (declares.snapshot !== undefined)) return;
  throw broken("`assess` is not there exactly where `snapshot` is declared");
}

/** Refuses an instance whose facets are not exactly the declared ones: the plug-in's bug. */
export function checkFacets<D extends Declares>(driver: InstanceDriver<D>, declares: D): void {
  for (const name of facetNames) {
    const isThere = (driver.facets as Readonly<Record<string, unknown>>)[name] !== undefined;
    if (isThere === (declares[name] !== undefined)) continue;
    const what = isThere
      ? `the facet ${name} is there but not declared`
      : `the facet ${name} is declared but not there`;
    throw broken(what);
  }
}

/** Refuses a handle that cannot find its instance again: the plug-in's bug. */
export function checkHandle(driver: InstanceDriver, expected: ExpectedHandle): void {
  const { id, key, owner, release, incarnation } = driver.handle;
  if (key !== expected.key) throw broken("the handle has another key");
  if (owner !== expected.owner) throw broken("the handle has another owner");
  if (release !== expected.release) throw broken("the handle names another release");
  if (id === "" || incarnation === "") throw broken("the handle has no id or no incarnation");
}

function broken(what: string): Error {
  return raise("internal.bug", {
    op: "environment.create",
    blame: "plugin",
    detail: { where: "environment.create" },
    message: `Cannot accept the instance: ${what}`,
  });
}
