import { FaultError } from "@bedplate/errors";
import { ByteReader } from "./byte-reader.ts";
import type { DecodeState } from "./decode-state.ts";

const moduleSubsection = 0;
const functionSubsection = 1;

/**
 * Reads the custom section `name`. Its contents never make a module invalid, so what is malformed
 * is left out.
 */
export function readNames(state: DecodeState): void {
  const { bytes, offset, end } = state.reader;
  try {
    readSubsections(state, new ByteReader(bytes, offset, end));
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
  }
}

function readSubsections(state: DecodeState, reader: ByteReader): void {
  while (!reader.isDone) {
    const id = reader.byte();
    const size = reader.count(reader.end, "bytes of a subsection");
    const inner = new ByteReader(reader.bytes, reader.offset, reader.offset + size);
    if (id === moduleSubsection) state.moduleName = inner.name(state.limits.nameBytesMax);
    if (id === functionSubsection) readFunctionNames(state, inner);
    reader.skip(size);
  }
}

function readFunctionNames(state: DecodeState, reader: ByteReader): void {
  const { limits, functionNames } = state;
  for (let left = reader.count(limits.functionsMax, "names"); left > 0; left--) {
    const index = reader.u32();
    functionNames.set(index, reader.name(limits.nameBytesMax));
  }
}
