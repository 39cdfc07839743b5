import { raise } from "@bedplate/errors";
import type { Schema } from "@bedplate/schema";
import type { Context } from "hono";

/** Longest body of the control API. */
const bodyBytesMax = 1024 * 1024;

/** The body of a request, checked; an empty one is an empty object. */
export async function readJson<T>(context: Context, schema: Schema<T>): Promise<T> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (context.req.raw.body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > bodyBytesMax) throw tooLong();
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString("utf8");
  return schema.parse(withoutNulls(text === "" ? {} : parse(text)), {
    what: "the request body",
    op: "e2b.control",
  });
}

/** Some clients write null for what they leave out. */
function withoutNulls(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== null)
      .map(([name, each]) => [name, withoutNulls(each)]),
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw raise("argument.invalid", {
      op: "e2b.control",
      detail: { path: "", rule: "JSON" },
      message: "Cannot read the request body: it is no JSON",
      cause,
    });
  }
}

function tooLong(): Error {
  return raise("argument.invalid", {
    op: "e2b.control",
    detail: { path: "", rule: "is too long", limit: bodyBytesMax },
    message: `Cannot read the request body: it has more than ${bodyBytesMax} bytes`,
  });
}
