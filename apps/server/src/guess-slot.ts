import type { ArtifactHint } from "@bedplate/environment";
import { raise } from "@bedplate/errors";

/** By which names and first bytes each mounted slot knows its artifacts. */
export type SlotHints = Readonly<Record<string, readonly ArtifactHint[]>>;

/** The slot that knows the artifact; first bytes speak louder than a name. */
export function guessSlot(
  artifact: { readonly name?: string | undefined; readonly bytes?: Uint8Array | undefined },
  hints: SlotHints,
): string {
  const { name = "", bytes = new Uint8Array() } = artifact;
  const head = Buffer.from(bytes.subarray(0, 16)).toString("hex");
  const find = (fits: (hint: ArtifactHint) => boolean) =>
    Object.entries(hints).find(([, all]) => all.some(fits))?.[0];
  const byMagic = find(({ magic }) => magic !== undefined && head.startsWith(magic));
  const byName = find(({ extension }) => extension !== undefined && name.endsWith(extension));
  const slot = byMagic ?? byName;
  if (slot !== undefined) return slot;
  throw raise("argument.invalid", {
    op: "runs.submit",
    detail: { path: "/slot", rule: "cannot be guessed from the artifact" },
    message: `Cannot guess the slot of ${name === "" ? "the artifact" : name}: name one of ${Object.keys(hints).join(", ")}`,
  });
}
