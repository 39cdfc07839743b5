import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { type Meter, meters } from "../budget.ts";
import { type CapName, capNames } from "../caps.ts";
import { amount, oneOf, text } from "../wire/schema-parts.ts";
import type { Declares } from "./facet-spec.ts";

// Unknown facets and unknown parameters are carried on unread: a later minor may add some.

const invoke = Type.Object({
  inputBytesMax: amount(),
  outputBytesMax: amount(),
  meters: Type.Array(oneOf<Meter>(...meters), { maxItems: meters.length }),
  crossCalls: Type.Boolean(),
  checks: Type.Optional(Type.Boolean()),
  credits: Type.Optional(Type.Boolean()),
});

const rewind = Type.Object({
  cost: oneOf("constant", "delta", "full"),
  nesting: amount(),
  covers: Type.Array(oneOf("memory", "cpu", "disk", "connections"), { maxItems: 4 }),
  outbound: oneOf("buffered", "escapes"),
});

const exec = Type.Object({
  tty: Type.Boolean(),
  signals: Type.Array(text(32), { maxItems: 64 }),
  concurrentMax: amount(),
  outputBytesKept: amount(),
  exitKeptMs: amount(),
  caps: caps(),
  volumes: Type.Optional(Type.Boolean()),
});

const files = Type.Object({
  fileBytesMax: amount(),
  watch: Type.Boolean(),
  attributes: Type.Boolean(),
});

const serve = Type.Object({
  protocols: Type.Array(oneOf("tcp", "udp", "http", "h2"), { maxItems: 4 }),
});

const egress = Type.Object({
  matches: Type.Array(oneOf("cidr", "domain", "port"), { maxItems: 3 }),
  rulesMax: amount(),
});

const snapshot = Type.Object({
  scopes: Type.Array(oneOf("files", "machine", "layer"), { maxItems: 3 }),
  formats: Type.Array(text(64), { maxItems: 16 }),
  incremental: Type.Boolean(),
  pauseMsMax: amount(),
  clones: oneOf("single", "many"),
});

/** The `declares` member of a manifest: the parameters of each facet. */
export const facetParamsSchema: Schema<Declares> = defineSchema(
  Type.Unsafe<Declares>(
    Type.Object({
      invoke: Type.Optional(invoke),
      rewind: Type.Optional(rewind),
      exec: Type.Optional(exec),
      files: Type.Optional(files),
      serve: Type.Optional(serve),
      egress: Type.Optional(egress),
      pause: Type.Optional(Type.Object({ freezesClock: Type.Boolean() })),
      snapshot: Type.Optional(snapshot),
      resize: Type.Optional(Type.Object({ live: caps() })),
      observe: Type.Optional(
        Type.Object({ points: Type.Array(text(128), { maxItems: 256 }), isLossy: Type.Boolean() }),
      ),
    }),
  ),
);

function caps() {
  return Type.Array(oneOf<CapName>(...capNames), { maxItems: capNames.length });
}
