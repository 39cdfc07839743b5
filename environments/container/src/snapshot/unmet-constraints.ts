import type { Constraint, SnapshotManifest } from "@bedplate/environment";
import { snapshotFormat } from "./snapshot-format.ts";

/** What a snapshot needs and this build or host has not. */
export function unmetConstraints(snapshot: SnapshotManifest): readonly Constraint[] {
  const { name, major, minor } = snapshot.format;
  const isKnown = name === snapshotFormat.name && major === snapshotFormat.major && minor <= snapshotFormat.minor;
  const format: readonly Constraint[] = isKnown
    ? []
    : [{ what: "format", needs: `${name} ${major}.${minor}` }];
  return [...format, ...snapshot.requires.filter((each) => !isMet(each))];
}

/** The one thing that a disk needs: ext4, and a processor that runs what is on it. */
function isMet({ what, needs }: Constraint): boolean {
  if (what === "cpu") return needs === process.arch;
  return what === "kernel" && needs === "ext4";
}
