import { raise } from "@bedplate/errors";
import type { JsonSchema } from "@bedplate/schema";
import { requestMembers } from "../call.ts";
import { operationName } from "./operation-name.ts";

/**
 * Refuses a request whose caller names a member as critical that this side does not know. Unknown
 * members that nobody calls critical are carried on unread.
 */
export function demandKnown(
  operation: string,
  options: {
    readonly schema: JsonSchema;
    readonly critical: readonly string[] | undefined;
  },
): void {
  const { schema, critical } = options;
  if (critical === undefined || critical.length === 0) return;
  const known = membersOf(schema);
  const unknown = critical.filter((each) => !known.has(each));
  if (unknown.length === 0) return;
  throw raise("argument.critical", {
    op: operationName(operation),
    detail: { unknown },
    message: `Cannot do ${operation}: the caller needs ${unknown.join(", ")} to be understood`,
  });
}

const cache = new WeakMap<JsonSchema, ReadonlySet<string>>();

/** The contract's members, a request's own, and those of the objects in it. */
function membersOf(schema: JsonSchema): ReadonlySet<string> {
  let found = cache.get(schema);
  if (found === undefined) {
    const own = propertiesOf(schema);
    const inner = Object.values(own).flatMap((each) => Object.keys(propertiesOf(each)));
    found = new Set([...requestMembers, ...Object.keys(own), ...inner]);
    cache.set(schema, found);
  }
  return found;
}

function propertiesOf(schema: JsonSchema): Readonly<Record<string, JsonSchema>> {
  return (schema["properties"] as Readonly<Record<string, JsonSchema>> | undefined) ?? {};
}
