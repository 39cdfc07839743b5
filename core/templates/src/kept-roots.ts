import type { Digest } from "@bedplate/codec";
import type { LayeredRoot } from "@bedplate/oci";
import type { StateStore } from "@bedplate/state";
import type { TemplatesModules } from "./templates-modules.ts";
import { layerTable, rootTable, stepTable } from "./templates-tables.ts";

/** Stores a description as an artifact of its project, and notes which blobs it needs. */
export async function keepRoot(
  modules: Pick<TemplatesModules, "artifacts" | "state" | "clock">,
  root: LayeredRoot,
  options: { readonly project: string },
): Promise<Digest> {
  const { artifacts, clock, state } = modules;
  const { project } = options;
  const digest = await artifacts.put(new TextEncoder().encode(JSON.stringify(root)), project);
  const parts = root.layers.flatMap((layer) => layer.parts.map((part) => part.digest));
  const kept = { parts: [...new Set(parts)], at: clock.now() };
  await state.commit({ ops: [rootTable.put(`${project}/${digest.slice(7)}`, kept)] });
  return digest;
}

/** Every blob that a root, a step that was done, or a known layer names, some of them more than once. */
export async function* templateBlobReferences(
  state: StateStore,
): AsyncGenerator<Digest, void, void> {
  for await (const entry of state.listAll({ prefix: `${rootTable.name}/` })) {
    yield* rootTable.read(entry).document.parts as readonly Digest[];
  }
  for await (const entry of state.listAll({ prefix: `${stepTable.name}/` })) {
    const parts = stepTable.read(entry).document.layer?.parts ?? [];
    yield* parts.map(({ digest }) => digest as Digest);
  }
  for await (const entry of state.listAll({ prefix: `${layerTable.name}/` })) {
    yield* layerTable.read(entry).document.parts.map(({ digest }) => digest as Digest);
  }
}
