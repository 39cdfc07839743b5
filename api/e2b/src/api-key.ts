const prefix = "e2b_";

/**
 * Clients of E2B take no key that is not `e2b_` and hexadecimal digits; so a key of ours is written
 * in that form, and means the same.
 */
export function toE2bKey(key: string): string {
  return `${prefix}${Buffer.from(key, "utf8").toString("hex")}`;
}

/** The key that is written in it; a text of another form is taken as it is. */
export function fromE2bKey(text: string): string {
  const digits = text.startsWith(prefix) ? text.slice(prefix.length) : "";
  if (digits === "" || !/^([0-9a-f]{2})+$/.test(digits)) return text;
  return Buffer.from(digits, "hex").toString("utf8");
}
