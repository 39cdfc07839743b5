import type { QuickJs } from "./quick-js.ts";

/**
 * All state of the engine between two runs. The stack below its pointer is dead then and is left
 * out. Images never change, so threads share them and marks cost nothing.
 */
export interface GuestImage {
  readonly memoryBytes: number;
  readonly stackPointer: number;
  /** Memory from the stack pointer on, in shared memory. */
  readonly data: Uint8Array;
}

/** Bytes of a page of a linear memory. */
export const pageBytes = 65_536;

/** Copies the state out; nothing may run in the engine. */
export function captureImage(engine: QuickJs): GuestImage {
  const { stackPointer, memoryBytes, bytes } = engine;
  const data = new Uint8Array(new SharedArrayBuffer(memoryBytes - stackPointer));
  data.set(bytes.subarray(stackPointer));
  return { memoryBytes, stackPointer, data };
}

/** Puts a state into an engine whose memory is not larger than the image's. */
export function restoreImage(engine: QuickJs, image: GuestImage): void {
  const missing = image.memoryBytes - engine.memoryBytes;
  if (missing > 0) engine.grow(missing / pageBytes);
  const { bytes } = engine;
  bytes.fill(0, 0, image.stackPointer);
  bytes.set(image.data, image.stackPointer);
  engine.stackPointer = image.stackPointer;
}
