import { digestBytes } from "@bedplate/codec";
import { raise } from "@bedplate/errors";
import type { Call } from "./call.ts";
import type { SnapshotManifest } from "./facets/snapshot.ts";
import type { HostPort } from "./host-port.ts";

/**
 * The chunks of a snapshot in their order, for an environment that restores it. One that is missing
 * is `resource.missing`, one with other bytes than its digest says is `data.corrupt`.
 */
export async function* readSnapshotChunks(
  snapshot: SnapshotManifest,
  host: HostPort,
  call: Call,
): AsyncGenerator<Uint8Array> {
  const blobs = host.use("blob:read");
  for (const { digest, bytes } of snapshot.chunks) {
    const chunk = await blobs.read(digest, call);
    if (chunk.length !== bytes || digestBytes(chunk) !== digest) throw corrupt(digest);
    yield chunk;
  }
}

function corrupt(digest: string): Error {
  return raise("data.corrupt", {
    op: "environment.create",
    detail: { what: `snapshot chunk ${digest}` },
    message: "Cannot restore the snapshot: a chunk has other bytes than were captured",
  });
}
