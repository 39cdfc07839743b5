/**
 * Slots of eight bytes that a frame of ordinary size takes: sixteen for the engine's own part, and
 * as many for locals and operands. Budgets count such frames; guests are charged by real slots.
 */
const slotsPerFrame = 32;

/** Slots for so many frames. */
export function slotsOf(frames: number): number {
  return frames * slotsPerFrame;
}

/** Whole frames in so many slots. */
export function framesOf(slots: number): number {
  return Math.max(0, Math.floor(slots / slotsPerFrame));
}
