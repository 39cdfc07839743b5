import { raise } from "@bedplate/errors";
import type { Admission, EnvironmentDriver } from "../environment-driver.ts";
import type { Declares } from "../facets/facet-spec.ts";
import { facetNames } from "../facets/facet-spec.ts";
import type { InstanceDriver } from "../instance-driver.ts";
import { checkCodeMax, type InvocationCheck } from "../invocation-check.ts";
import { reasonMax } from "../outcome.ts";

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

/** Refuses a driver that can check invocations and does not declare it, or the other way round. */
export function checkChecks<D extends Declares>(driver: EnvironmentDriver<D>, declares: D): void {
  const { checks = false } = (declares as Declares).invoke ?? {};
  if ((driver.check !== undefined) === checks) return;
  throw broken("`check` is not there exactly where `invoke.checks` is declared");
}

/** Refuses a driver that keeps volumes and does not declare it, or the other way round. */
export function checkKeepsVolumes<D extends Declares>(
  driver: EnvironmentDriver<D>,
  declares: D,
): void {
  const { volumes = false } = (declares as Declares).exec ?? {};
  if ((driver.volumes !== undefined) === volumes) return;
  throw broken("`volumes` is not there exactly where `exec.volumes` is declared");
}

/** Passes an admission on whose batch is opened and closed by entries that there are. */
export function checkAdmission(admission: Admission): Admission {
  if (!admission.isAdmitted || admission.batch === undefined) return admission;
  const { opens, closes } = admission.batch;
  if ([opens, closes].every((each) => admission.entries.includes(each))) return admission;
  throw brokenAnswer("admit", "a batch is opened or closed by what is no entry");
}

/** Passes on what was said of an invocation, where it says enough and not too much. */
export function checkAnswer(answer: InvocationCheck): InvocationCheck {
  if (!answer.isFit) {
    const { code, reason } = answer;
    const isSaid = code.length > 0 && reason.length > 0;
    if (!isSaid) throw brokenAnswer("check", "a refusal does not say why");
    if (code.length > checkCodeMax) throw brokenAnswer("check", "the code is too long");
    return reason.length <= reasonMax ? answer : { ...answer, reason: reason.slice(0, reasonMax) };
  }
  const { fuelMax = 0, turn = { line: "", place: 0, ahead: 0 } } = answer;
  const areAmounts = [fuelMax, turn.place, turn.ahead].every(
    (each) => Number.isSafeInteger(each) && each >= 0,
  );
  if (!areAmounts) throw brokenAnswer("check", "a number is no amount");
  if (turn.line.length > checkCodeMax) throw brokenAnswer("check", "the line's name is too long");
  return answer;
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

function brokenAnswer(verb: string, what: string): Error {
  return raise("internal.bug", {
    op: `environment.${verb}`,
    blame: "plugin",
    detail: { where: `environment.${verb}` },
    message: `Cannot accept the answer: ${what}`,
  });
}

function broken(what: string): Error {
  return raise("internal.bug", {
    op: "environment.create",
    blame: "plugin",
    detail: { where: "environment.create" },
    message: `Cannot accept the instance: ${what}`,
  });
}
