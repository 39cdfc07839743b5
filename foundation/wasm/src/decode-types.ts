import type { ByteReader } from "./byte-reader.ts";
import type { DecodeLimits } from "./decode-limits.ts";
import { malformed } from "./malformed.ts";
import type { Field, TypeDefinition } from "./module.ts";
import { readValueType, type ValueType } from "./value-type.ts";

const recursionGroup = 0x4e;
const openSubtype = 0x50;
const finalSubtype = 0x4f;
const functionForm = 0x60;
const structForm = 0x5f;
const arrayForm = 0x5e;

/** Reads the type section; answers how many groups it has. */
export function readTypes(
  reader: ByteReader,
  into: { readonly types: TypeDefinition[]; readonly limits: DecodeLimits },
): number {
  const { types, limits } = into;
  const groups = reader.count(limits.typesMax, "types");
  for (let group = 0; group < groups; group++) {
    let left = 1;
    if (reader.peek() === recursionGroup) {
      reader.byte();
      left = reader.count(limits.typesMax - types.length, "types");
    }
    for (; left > 0; left--) types.push(readSubtype(reader, { group, limits }));
  }
  return groups;
}

interface TypeContext {
  readonly group: number;
  readonly limits: DecodeLimits;
}

function readSubtype(reader: ByteReader, context: TypeContext): TypeDefinition {
  const form = reader.peek();
  let supertypes: readonly number[] = [];
  if (form === openSubtype || form === finalSubtype) {
    reader.byte();
    supertypes = readList(reader.count(1, "supertypes"), () => reader.u32());
  }
  const head = { isFinal: form !== openSubtype, supertypes, group: context.group };
  return readComposite(reader, { ...context, head });
}

function readComposite(
  reader: ByteReader,
  context: TypeContext & {
    readonly head: Pick<TypeDefinition, "isFinal" | "supertypes" | "group">;
  },
): TypeDefinition {
  const { head, limits } = context;
  const start = reader.offset;
  switch (reader.byte()) {
    case functionForm: {
      const parameters = readTypeList(reader, limits);
      return { ...head, kind: "function", parameters, results: readTypeList(reader, limits) };
    }
    case structForm: {
      const count = reader.count(limits.fieldsMax, "fields");
      return { ...head, kind: "struct", fields: readList(count, () => readField(reader)) };
    }
    case arrayForm:
      return { ...head, kind: "array", element: readField(reader) };
    default:
      throw malformed(start, "malformed type");
  }
}

function readTypeList(reader: ByteReader, limits: DecodeLimits): readonly ValueType[] {
  return readList(reader.count(limits.parametersMax, "types"), () => readValueType(reader));
}

function readField(reader: ByteReader): Field {
  const type = readValueType(reader);
  return { type, isMutable: readMutability(reader) };
}

/** Reads the byte that says whether an item may change. */
export function readMutability(reader: ByteReader): boolean {
  const byte = reader.byte();
  if (byte > 1) throw malformed(reader.offset - 1, "malformed mutability");
  return byte === 1;
}

/** Reads `count` items. */
export function readList<T>(count: number, read: () => T): T[] {
  const items: T[] = [];
  for (let left = count; left > 0; left--) items.push(read());
  return items;
}
