import { type CborValue, decodeCbor, encodeCbor } from "@bedplate/codec";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import type { RewrittenModule, StateNames } from "@bedplate/wasm-module";

/** What a cache keeps of a rewritten module; imported memories never get that far. */
interface CachedModule {
  readonly bytes: Uint8Array;
  readonly digest: string;
  readonly costTableVersion: number;
  readonly hasStart: boolean;
  readonly hasHeapState: boolean;
  readonly state: StateNames;
}

const names = () => Type.Array(Type.String());

const closed = { additionalProperties: false } as const;

const cachedSchema: Schema<CachedModule> = defineSchema(
  Type.Object(
    {
      bytes: Type.Unsafe<Uint8Array>({}),
      digest: Type.String(),
      costTableVersion: Type.Integer(),
      hasStart: Type.Boolean(),
      hasHeapState: Type.Boolean(),
      state: Type.Object(
        {
          memories: names(),
          tables: names(),
          globals: Type.Array(
            Type.Object(
              { name: Type.String(), setter: Type.Optional(Type.String()), type: Type.String() },
              closed,
            ),
          ),
        },
        closed,
      ),
    },
    closed,
  ),
);

/** A rewritten module as bytes for a cache. */
export function writeRewritten(module: RewrittenModule): Uint8Array {
  const { bytes, digest, costTableVersion, hasStart, hasHeapState, state } = module;
  const cached = { bytes, digest, costTableVersion, hasStart, hasHeapState, state };
  return encodeCbor(cached as unknown as CborValue);
}

/** Reads what `writeRewritten` wrote; undefined for anything else. */
export function readRewritten(cached: Uint8Array): RewrittenModule | undefined {
  try {
    const value = cachedSchema.parse(decodeCbor(cached));
    if (!(value.bytes instanceof Uint8Array)) return undefined;
    return { ...value, hasFuel: true, hasDepth: true, importedSizes: [] };
  } catch {
    return undefined;
  }
}
