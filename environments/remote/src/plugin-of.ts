import type { Plugin } from "@bedplate/environment";
import { raise } from "@bedplate/errors";

/** Reads an export as a plug-in, or calls it to make one. */
export async function pluginOf(value: unknown, subject: string): Promise<Plugin> {
  const made: unknown = typeof value === "function" ? await value() : value;
  if (isPlugin(made)) return made;
  throw raise("resource.missing", {
    op: "environment.load",
    subject,
    detail: { type: "plugin", id: subject },
    message: `Cannot load ${subject}: it is no plug-in`,
  });
}

function isPlugin(value: unknown): value is Plugin {
  if (typeof value !== "object" || value === null) return false;
  const { manifest, open } = value as { readonly manifest?: unknown; readonly open?: unknown };
  return typeof manifest === "object" && typeof open === "function";
}
