import { readFile } from "node:fs/promises";
import { raise } from "@bedplate/errors";

/** Where a secret is: at most one of the three. */
export interface Secret {
  readonly value?: string | undefined;
  /** Path of a file that holds it; one line end behind it is not part of it. */
  readonly file?: string | undefined;
  /** Name of an environment variable. */
  readonly variable?: string | undefined;
}

/** The settings by which a URL names its password. */
export const secretSettings = { file: "passwordFile", variable: "passwordVariable" } as const;

/** Reads a secret; undefined when none is named. Call it for each connection, so that a file may rotate. */
export async function readSecret(
  { value, file, variable }: Secret,
  variables: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  if (value !== undefined) return value;
  if (file !== undefined) return readSecretFile(file);
  if (variable === undefined) return undefined;
  const found = variables[variable];
  if (found !== undefined) return found;
  throw missing(`the environment variable ${variable} is not set`);
}

async function readSecretFile(path: string): Promise<string> {
  try {
    return (await readFile(path, "utf8")).replace(/\r?\n$/, "");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw missing(`the file ${path} cannot be read (${code ?? "unknown"})`);
  }
}

function missing(what: string): Error {
  return raise("argument.invalid", {
    op: "provider.open",
    detail: { path: "/password", rule: "readable secret" },
    message: `Cannot read the password: ${what}`,
    blame: "operator",
  });
}
