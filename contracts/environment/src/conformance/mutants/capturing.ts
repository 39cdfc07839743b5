import { digestBytes } from "@bedplate/codec";
import type { CaptureRequest, SnapshotDriver, SnapshotManifest } from "../../facets/snapshot.ts";
import type { InstanceDriver } from "../../instance-driver.ts";
import { changing } from "./machine-mutant.ts";
import type { MutantParts } from "./mutant.ts";

/** One capture, as a defect sees it. */
export interface Capturing {
  readonly instance: InstanceDriver;
  readonly call: Parameters<SnapshotDriver["capture"]>[1];
}

/** A defect around a capture. */
export function capturing(
  capture: (
    inner: SnapshotDriver,
    request: CaptureRequest,
    context: Capturing,
  ) => Promise<SnapshotManifest>,
): MutantParts {
  return changing("snapshot", (inner, instance) => ({
    capture: (request, call) => capture(inner, request, { instance, call }),
  }));
}

/** A defect that gives every snapshot a chunk more. */
export function adding(make: () => Uint8Array): MutantParts {
  return capturing(async (inner, request, { call }) => {
    const chunk = make();
    const manifest = await inner.capture(request, call);
    await request.sink(chunk);
    const { chunks } = manifest;
    const more = { digest: digestBytes(chunk), bytes: chunk.length };
    return { ...manifest, chunks: [...chunks, more] };
  });
}
