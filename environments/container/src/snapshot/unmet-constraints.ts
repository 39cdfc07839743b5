import type { Constraint, SnapshotManifest } from "@bedplate/environment";
import { memoryFormat, snapshotFormat } from "./snapshot-format.ts";

/** What a snapshot needs and this build or host has not; `engine` is the one that runs machines here. */
export function unmetConstraints(
  snapshot: SnapshotManifest,
  { engine }: { readonly engine: string },
): readonly Constraint[] {
  const { name, major, minor } = snapshot.format;
  const known = [snapshotFormat, memoryFormat].find((each) => each.name === name);
  const isKnown = known !== undefined && major === known.major && minor <= known.minor;
  const format: readonly Constraint[] = isKnown
    ? []
    : [{ what: "format", needs: `${name} ${major}.${minor}` }];
  return [...format, ...snapshot.requires.filter((each) => !isMet(each, engine))];
}

function isMet({ what, needs }: Constraint, engine: string): boolean {
  return (what === "cpu" && needs === process.arch) || (what === "engine" && needs === engine);
}
