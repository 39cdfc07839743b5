import { UsageError } from "./usage-error.ts";

/** Takes `name@version` apart. */
export function parseRelease(text: string): { readonly name: string; readonly version: string } {
  const [name = "", version = "", ...rest] = text.split("@");
  if (name !== "" && version !== "" && rest.length === 0) return { name, version };
  throw new UsageError(`"${text}" is no release; write name@version`);
}
