import { createHash } from "node:crypto";
import type { ReadPart } from "@bedplate/oci";

/** Parts of layers in memory. */
export class PartStore {
  readonly parts: Map<string, Uint8Array> = new Map();
  reads = 0;

  readonly keep = async (bytes: Uint8Array): Promise<void> => {
    this.parts.set(`sha256:${createHash("sha256").update(bytes).digest("hex")}`, bytes);
  };

  readonly read: ReadPart = async (digest) => {
    this.reads += 1;
    const found = this.parts.get(digest);
    if (found === undefined) throw new Error(`there is no part ${digest}`);
    return found;
  };
}
