import { raise } from "@bedplate/errors";
import { type JsonSchema, nearestName, type Schema } from "@bedplate/schema";
import { isSecretName } from "./mask.ts";
import { type Secret, secretSettings } from "./secret.ts";

/** A URL in parts, its query checked. */
export interface ProviderUrl<Settings> {
  /** Without credentials and query. */
  readonly url: URL;
  /** Empty when the URL names none. */
  readonly username: string;
  /** From the URL itself, or from the file or variable that it names. */
  readonly password: Secret;
  readonly settings: Settings;
}

/** How a URL is read. */
export interface ProviderUrlOptions<Settings> {
  readonly schemes: readonly string[];
  readonly settings: Schema<Settings>;
}

const op = "provider.open";

/**
 * Reads a provider's URL. Query values become what the schema says they are; an unknown one is
 * refused with the name that it may have meant. No message holds a credential.
 */
export function readProviderUrl<Settings>(
  text: string,
  options: ProviderUrlOptions<Settings>,
): ProviderUrl<Settings> {
  const url = parseUrl(text, options.schemes);
  const values = new Map<string, string>();
  for (const [name, value] of url.searchParams) {
    if (values.has(name)) throw refuse(`/${name}`, "is there twice");
    values.set(name, value);
  }
  const password = takePassword(url, values);
  const settings = options.settings.parse(typedValues(values, options.settings.jsonSchema), {
    what: `the settings of the ${url.protocol}// URL`,
    op,
  });
  const username = decode(url.username);
  url.username = "";
  url.password = "";
  url.search = "";
  return { url, username, password, settings };
}

function parseUrl(text: string, schemes: readonly string[]): URL {
  // What the parser throws holds the text, and so maybe a password.
  const url = URL.parse(text);
  if (url === null) throw refuse("", "is no URL");
  if (schemes.includes(url.protocol.slice(0, -1))) return url;
  throw refuse("", `must begin with ${schemes.map((each) => `${each}:`).join(" or ")}`);
}

function takePassword(url: URL, values: Map<string, string>): Secret {
  const file = values.get(secretSettings.file);
  const variable = values.get(secretSettings.variable);
  for (const name of Object.values(secretSettings)) values.delete(name);
  const value = url.password === "" ? undefined : decode(url.password);
  const given = [value, file, variable].filter((each) => each !== undefined);
  if (given.length > 1) throw refuse("/password", "is given twice");
  return { value, file, variable };
}

interface Property {
  readonly type?: string | undefined;
}

/** Query values are texts; numbers and booleans become what their schema wants. */
function typedValues(
  values: ReadonlyMap<string, string>,
  schema: JsonSchema,
): Readonly<Record<string, unknown>> {
  const properties = (schema["properties"] ?? {}) as Readonly<Record<string, Property>>;
  return Object.fromEntries(
    [...values].map(([name, text]) => {
      const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
      if (property === undefined) throw unknownSetting(name, Object.keys(properties));
      return [name, typedValue(text, property)];
    }),
  );
}

function typedValue(text: string, { type }: Property): unknown {
  if ((type === "integer" || type === "number") && /^-?\d+(\.\d+)?$/.test(text))
    return Number(text);
  if (type === "boolean" && (text === "true" || text === "false")) return text === "true";
  return text;
}

function unknownSetting(name: string, known: readonly string[]): Error {
  if (isSecretName(name)) {
    return refuse(`/${name}`, "is not known; a password stands before the @, or in passwordFile");
  }
  const nearest = nearestName(name, known);
  const hint = nearest === undefined ? "" : `; is it "${nearest}"?`;
  return refuse(`/${name}`, `is not a known setting${hint}`);
}

function decode(text: string): string {
  // `decodeURIComponent` would throw an error that holds the credential.
  if (/%(?![0-9a-f]{2})/i.test(text)) throw refuse("", "has a malformed escape in its credentials");
  return Buffer.from(
    text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    ),
    "latin1",
  ).toString("utf8");
}

function refuse(path: string, rule: string): Error {
  return raise("argument.invalid", {
    op,
    detail: { path, rule },
    message: `Cannot open the provider: ${path === "" ? "its URL" : path} ${rule}`,
    blame: "operator",
  });
}
