/**
 * Slots of eight bytes of the smallest frame that the meter counts. Budgets count frames of this
 * size: a call costs one frame at least, and more where it has many locals and operands.
 */
const slotsPerFrame = 16;

/** Slots for so many frames. */
export function slotsOf(frames: number): number {
  return frames * slotsPerFrame;
}

/** Whole frames in so many slots. */
export function framesOf(slots: number): number {
  return Math.max(0, Math.floor(slots / slotsPerFrame));
}
