import { raise } from "@bedplate/errors";

/** Texts that a guest can be given: C ends them with NUL, so none may be within. */
export function checkTexts(texts: readonly string[], member: "args" | "env"): readonly string[] {
  for (const [index, text] of texts.entries()) {
    if (text.includes("\0")) refuse(`/${member}/${index}`, "has no NUL");
  }
  return texts;
}

/** The environment as `NAME=value`, in the order given. */
export function environOf(env: Readonly<Record<string, string>>): readonly string[] {
  const environ: string[] = [];
  for (const [name, value] of Object.entries(env)) {
    if (name === "" || name.includes("=")) refuse(`/env/${name}`, "has a name without `=`");
    environ.push(`${name}=${value}`);
  }
  return checkTexts(environ, "env");
}

function refuse(path: string, rule: string): never {
  throw raise("argument.invalid", {
    op: "environment.invoke",
    detail: { path, rule },
    message: `Cannot pass ${path} to the guest: it must be a text that ${rule}`,
  });
}
