import { isDigest } from "@bedplate/codec";
import { raise } from "@bedplate/errors";

/** What a machine, or a template, stands on, as callers name it. */
export type RootReference =
  | { readonly kind: "host" }
  | { readonly kind: "template"; readonly name: string; readonly tag: string }
  | { readonly kind: "image"; readonly reference: string }
  /** A root description or an image layout among the artifacts. */
  | { readonly kind: "artifact"; readonly digest: string };

/** The tag of a template that names none. */
export const tagDefault = "default";

/** Names of templates, as users choose them: they may begin with a namespace. */
export const templateNamePattern = "^[a-z0-9][a-z0-9._-]{0,62}(/[a-z0-9][a-z0-9._-]{0,62})?$";
export const tagPattern = "^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$";

const name = new RegExp(templateNamePattern);
const tag = new RegExp(tagPattern);

/** Reads `host`, `template:NAME[:TAG]`, `image:REFERENCE` or `artifact:DIGEST`. */
export function parseRootReference(text: string): RootReference {
  if (text === "host") return { kind: "host" };
  const colon = text.indexOf(":");
  const [kind, rest] = [text.slice(0, Math.max(0, colon)), text.slice(colon + 1)];
  if (kind === "template") return parseTemplate(text, rest);
  if (kind === "image" && rest !== "") return { kind, reference: rest };
  if (kind === "artifact" && isDigest(rest)) return { kind, digest: rest };
  throw malformed(text);
}

/** Reads `NAME[:TAG]`. */
function parseTemplate(text: string, rest: string): RootReference {
  const [named = "", tagged = tagDefault, ...more] = rest.split(":");
  if (more.length > 0 || !name.test(named) || !tag.test(tagged)) throw malformed(text);
  return { kind: "template", name: named, tag: tagged };
}

function malformed(text: string): Error {
  const rule = "host, template:NAME[:TAG], image:REFERENCE or artifact:DIGEST";
  return raise("argument.invalid", {
    op: "templates.resolve",
    detail: { path: "/root", rule },
    message: `Cannot use the root ${JSON.stringify(text.slice(0, 200))}: it must be ${rule}`,
  });
}
