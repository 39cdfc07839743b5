import type { ByteReader } from "./byte-reader.ts";
import type { DecodeState } from "./decode-state.ts";
import { malformed } from "./malformed.ts";
import type { FunctionBody, LocalGroup } from "./module.ts";
import { readValueType } from "./value-type.ts";

/** Reads the code section: locals and the range of the instructions of each body. */
export function readCode(state: DecodeState): void {
  const { reader, limits } = state;
  const at = reader.offset;
  const count = reader.count(limits.functionsMax, "function bodies");
  const imported = state.functions.filter((each) => each.import !== undefined).length;
  if (count !== state.functions.length - imported) {
    throw malformed(at, "function and code section have inconsistent lengths");
  }
  for (let index = 0; index < count; index++) {
    state.bodies.push(readBody(state, imported + index));
  }
}

function readBody(state: DecodeState, index: number): FunctionBody {
  const { reader, limits } = state;
  const size = reader.count(limits.functionBytesMax, "bytes of a function body");
  const start = reader.offset;
  const end = start + size;
  const sectionEnd = reader.end;
  reader.end = end;
  const groups = reader.count(limits.localsMax, "groups of locals");
  const localsAt = reader.offset;
  const locals = readLocals(reader, { groups, localsMax: limits.localsMax });
  const codeAt = reader.offset;
  reader.end = sectionEnd;
  reader.offset = end;
  return { index, start, end, locals, localsAt, codeAt };
}

function readLocals(
  reader: ByteReader,
  options: { readonly groups: number; readonly localsMax: number },
): readonly LocalGroup[] {
  const locals: LocalGroup[] = [];
  let total = 0;
  for (let left = options.groups; left > 0; left--) {
    const at = reader.offset;
    const count = reader.u32();
    total += count;
    if (total > options.localsMax) throw malformed(at, "too many locals");
    locals.push({ count, type: readValueType(reader) });
  }
  return locals;
}
