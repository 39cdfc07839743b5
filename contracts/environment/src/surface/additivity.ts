import { isDeepStrictEqual } from "node:util";
import type { OperationText, SurfaceDocument } from "./surface-document.ts";

/**
 * What a newer minor does that an older one cannot live with; empty when it only adds. The rule is
 * one for both directions, as either side may be the older: everything that was there stays as it
 * was, and what is new is an operation, a fault, a legal phase or an optional member.
 */
export function breakingChanges(older: SurfaceDocument, newer: SurfaceDocument): readonly string[] {
  const issues: string[] = [];
  for (const [name, was] of Object.entries(older.operations)) {
    compareOperation(was, newer.operations[name], { at: `operations/${name}`, issues });
  }
  for (const [name, was] of Object.entries(older.phases)) {
    const is = newer.phases[name] ?? [];
    for (const phase of was.filter((each) => !is.includes(each))) {
      issues.push(`phases/${name}: ${phase} was taken away`);
    }
  }
  for (const [code, was] of Object.entries(older.faults)) {
    const is = newer.faults[code];
    if (!isDeepStrictEqual(was, is)) issues.push(`faults/${code}: was changed or taken away`);
  }
  compareSchema(older.manifest, newer.manifest, { at: "manifest", issues });
  return issues;
}

interface Place {
  readonly at: string;
  readonly issues: string[];
}

function compareOperation(was: OperationText, is: OperationText | undefined, place: Place): void {
  const { at, issues } = place;
  if (is === undefined) {
    issues.push(`${at}: was taken away`);
    return;
  }
  for (const member of ["kind", "isKeyed", "permission"] as const) {
    if (was[member] !== is[member]) issues.push(`${at}: ${member} was changed`);
  }
  for (const member of ["request", "response", "notice"] as const) {
    compareSchema(was[member], is[member], { at: `${at}/${member}`, issues });
  }
}

function compareSchema(was: unknown, is: unknown, place: Place): void {
  const { at, issues } = place;
  if (!isObject(was) || !isObject(is)) {
    if (!isDeepStrictEqual(was, is)) issues.push(`${at}: was changed`);
    return;
  }
  for (const keyword of new Set([...Object.keys(was), ...Object.keys(is)])) {
    const inside = { at: `${at}/${keyword}`, issues };
    if (keyword === "required") compareRequired(was[keyword], is[keyword], inside);
    else if (keyword === "properties") compareProperties(was[keyword], is[keyword], inside);
    else compareSchema(was[keyword], is[keyword], inside);
  }
}

function compareRequired(was: unknown, is: unknown, { at, issues }: Place): void {
  const [before, after] = [texts(was), texts(is)];
  for (const name of after.filter((each) => !before.includes(each))) {
    issues.push(`${at}: ${name} is required now`);
  }
  for (const name of before.filter((each) => !after.includes(each))) {
    issues.push(`${at}: ${name} is optional now`);
  }
}

function compareProperties(was: unknown, is: unknown, { at, issues }: Place): void {
  const [before, after] = [isObject(was) ? was : {}, isObject(is) ? is : {}];
  for (const [name, schema] of Object.entries(before)) {
    if (after[name] === undefined) issues.push(`${at}/${name}: was taken away`);
    else compareSchema(schema, after[name], { at: `${at}/${name}`, issues });
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? (value as readonly string[]) : [];
}
