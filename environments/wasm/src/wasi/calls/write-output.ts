import type { OutputDevice } from "../file-system/inode.ts";
import type { WasiContext } from "../wasi-context.ts";
import { copyUnits, outputUnits } from "../work-units.ts";
import { type IoVectors, readVectors } from "./io-vectors.ts";

/** The largest part of one write that is copied out at a time, in bytes. */
const chunkBytesMax = 65_536;

/** Hands what the guest writes to the host, and says how many bytes that were. Ends the guest if told to. */
export function writeOutput(
  context: WasiContext,
  device: OutputDevice,
  vectors: IoVectors,
): number {
  const { pieces, total } = readVectors(context, vectors);
  for (const chunk of chunksOf(pieces, total)) {
    context.spend(copyUnits(chunk.length) + outputUnits);
    if (context.onOutput(device.stream, chunk) === "stop") {
      context.end({ kind: "stopped", stream: device.stream });
    }
  }
  return total;
}

/** The pieces as one, copied out of the guest's memory in parts of bounded size. */
function* chunksOf(pieces: readonly Uint8Array[], total: number): IterableIterator<Uint8Array> {
  let rest = total;
  let chunk = new Uint8Array(Math.min(rest, chunkBytesMax));
  let used = 0;
  for (const piece of pieces) {
    for (let offset = 0; offset < piece.length; ) {
      const part = piece.subarray(offset, offset + chunk.length - used);
      chunk.set(part, used);
      used += part.length;
      offset += part.length;
      if (used < chunk.length) continue;
      yield chunk;
      rest -= used;
      chunk = new Uint8Array(Math.min(rest, chunkBytesMax));
      used = 0;
    }
  }
}
