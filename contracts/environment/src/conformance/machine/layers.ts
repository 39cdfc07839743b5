import { layerFormat } from "../../facets/snapshot.ts";
import type { CaseRig } from "../case-rig.ts";
import { ensure, ensureEqual, ensureFault } from "../expectations.ts";
import { furnish, unchanged } from "./restoring.ts";

/** Every tar archive of POSIX says so at this place of its first block. */
const magicAt = 257;

/** A layer is a tar archive with the texts that were written; asked for again, with those that came. */
export async function layers(rig: CaseRig): Promise<void> {
  const original = await furnish(rig);
  const { machine } = original;
  const first = await machine.capture("layer", original);
  ensureEqual(first.manifest.format, layerFormat, "format");
  const archive = Buffer.concat(first.chunks);
  const magic = archive.subarray(magicAt, magicAt + 5).toString("latin1");
  ensureEqual(magic, "ustar", "what the archive says of itself");
  ensureEqual(archive.length % 512, 0, "bytes beyond its last block");
  ensure(archive.includes("furniture/deep/er/private"), "a file is not in the layer");
  const path = machine.path("later");
  await machine.write(path, "text-of-a-later-file-91c2");
  const second = await machine.capture("layer", original);
  const text = Buffer.concat(second.chunks);
  ensure(text.includes("text-of-a-later-file-91c2"), "what was written later is not in the layer");
  ensure(!archive.includes("text-of-a-later-file-91c2"), "the first layer has what came later");
  await unchanged(machine, original);
  const spec = { ...rig.spec("echo"), from: first.manifest };
  await ensureFault(() => original.environment.create(spec, rig.call()), {
    code: "snapshot.incompatible",
    effect: "none",
  });
}
