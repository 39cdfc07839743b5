import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { nativeProgram } from "../launch/native-program.ts";

const run = promisify(execFile);

/** Longest time for looking at an image, and most that may be said of it. */
const lookMsMax = 10_000;
const saidBytesMax = 64 * 1024 * 1024;

/** A stretch of a sparse file that is not a hole. */
export interface Extent {
  readonly at: number;
  readonly bytes: number;
}

/** Where a sparse file has data. */
export async function extentsOf(path: string): Promise<readonly Extent[]> {
  const { stdout } = await run(nativeProgram("extents"), [path], { timeout: lookMsMax });
  return parseExtents(stdout);
}

/**
 * Copies the image of a file system that is mounted and stands still, without what its files gave up;
 * where the copy has data.
 */
export async function imprintDisk(
  disk: { readonly mounted: string; readonly image: string },
  options: { readonly copy: string; readonly timeoutMs: number },
): Promise<readonly Extent[]> {
  const { copy, timeoutMs: timeout } = options;
  const words = [disk.mounted, disk.image, copy];
  const { stdout } = await run(nativeProgram("imprint"), words, {
    timeout,
    maxBuffer: saidBytesMax,
  });
  return parseExtents(stdout);
}

// A line is `OFFSET BYTES`.
function parseExtents(text: string): readonly Extent[] {
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.map((line) => {
    const [at = 0, bytes = 0] = line.split(" ").map(Number);
    return { at, bytes };
  });
}
