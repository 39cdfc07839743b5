import type { SnapshotManifest } from "../../facets/snapshot.ts";
import type { ConformanceSubject } from "../conformance-subject.ts";
import { adding, capturing } from "./capturing.ts";
import { hostCreating } from "./machine-mutant.ts";
import { bytes, type Mutant, type MutantParts } from "./mutant.ts";

const appliesTo = ({ plugin }: ConformanceSubject) =>
  plugin.manifest.declares.snapshot?.scopes.includes("layer") === true;

/** Defects of captures of the scope `layer`. */
export const layerMutants: readonly Mutant[] = [
  {
    id: "a layer is no whole archive",
    caughtBy: ["SN-17"],
    appliesTo,
    make: () => adding(() => bytes("more")),
  },
  {
    id: "a layer is what the first one was",
    caughtBy: ["SN-17"],
    appliesTo,
    make: () => repeating(),
  },
  {
    id: "a layer is restored as a machine without files",
    caughtBy: ["SN-17"],
    appliesTo,
    make: () =>
      hostCreating(({ from, ...spec }) =>
        from === undefined || from.scope === "layer" ? spec : { ...spec, from },
      ),
  },
];

function repeating(): MutantParts {
  let first: { readonly manifest: SnapshotManifest; readonly chunks: Uint8Array[] } | undefined;
  return capturing(async (inner, request, { call }) => {
    if (request.scope !== "layer") return inner.capture(request, call);
    if (first !== undefined) {
      for (const each of first.chunks) await request.sink(each);
      return first.manifest;
    }
    const chunks: Uint8Array[] = [];
    const sink = async (chunk: Uint8Array) => {
      chunks.push(chunk.slice());
      await request.sink(chunk);
    };
    const manifest = await inner.capture({ ...request, sink }, call);
    first = { manifest, chunks };
    return manifest;
  });
}
