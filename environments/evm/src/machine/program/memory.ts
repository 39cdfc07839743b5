import { isLong, isZero, readBytes } from "./pieces.ts";

/** EVM memory: growth and its price, copies with zeros behind the end of the source. */
export const memorySource: string = `
// Pays for and makes room for the range of the two items; answers gas and the new size.
export fn reach(gas: i64, memory: i32, memorySize: i32, offset: i32, size: i32) -> i64, i32 {
  if ${isZero("size")} { return gas, memorySize; }
  if ${isLong("size")} || ${isLong("offset")} { return failureBase, memorySize; }
  become reachTo(gas, memory, memorySize, i64[offset], i64[size]);
}

// As \`reach\`, with plain numbers; size is not 0.
export fn reachTo(gas: i64, memory: i32, memorySize: i32, offset: i64, size: i64) -> i64, i32 {
  if (offset | size) >= 0x800000000 { return failureBase, memorySize; }
  let end = offset + size;
  if end <= long(memorySize) { return gas, memorySize; }
  let words = (end + 31) >> 5;
  let wordsBefore = long(memorySize) >> 5;
  gas -= words * cost.memoryPerWord + words * words / cost.memoryQuadDivisor
    - wordsBefore * cost.memoryPerWord - wordsBefore * wordsBefore / cost.memoryQuadDivisor;
  if gas <s 0 { return gas, memorySize; }
  let sizeAfter = words << 5;
  provide(long(memory) + sizeAfter);
  fill(memory + memorySize, 0, short(sizeAfter) - memorySize);
  return gas, short(sizeAfter);
}

// Makes the linear memory reach up to \`end\`, and a little further: some reads take whole vectors.
export fn provide(end: i64) {
  if short(end) > i32[machine.memoryTop] || end > 0xffffffff {
    if end + 64 > i64[machine.memoryLimit] { exhausted(); }
    i32[machine.memoryTop] = short(end);
    let missing = (end + 64 + 65535 >> 16) - long(memorySize());
    if missing >s 0 {
      if memoryGrow(short(missing) + 15) == -1 && memoryGrow(short(missing)) == -1 { exhausted(); }
    }
  }
}

// Copies from offset (an item) of a source of some size; zeros where the source has ended.
fn copyPadded(to: i32, count: i32, offset: i32, source: i32, sourceSize: i32) {
  let from = long(sourceSize);
  if !${isLong("offset")} && i64[offset] < from { from = i64[offset]; }
  let available = sourceSize - short(from);
  if available > count { available = count; }
  copy(to, source + short(from), available);
  fill(to + available, 0, count - available);
}

// The item at the offset of a source; the offset is an item, and replaced.
fn loadPadded(at: i32, source: i32, sourceSize: i32) {
  copyPadded(scratch.bytes, 32, at, source, sourceSize);
  ${readBytes("scratch.bytes", "at", "Padded")}
}
`;
