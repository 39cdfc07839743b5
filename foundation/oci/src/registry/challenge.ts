/** What a registry asks for before it answers. */
export type Challenge =
  | { readonly scheme: "basic" }
  | {
      readonly scheme: "bearer";
      readonly realm: string;
      readonly service?: string | undefined;
      readonly scope?: string | undefined;
    };

/** Longest header that is read. */
const headerCharactersMax = 4096;

/** Reads a `WWW-Authenticate` header; undefined for one that this client cannot meet. */
export function readChallenge(header: string | undefined): Challenge | undefined {
  if (header === undefined || header.length > headerCharactersMax) return undefined;
  const [, scheme = "", rest = ""] = /^\s*([A-Za-z]+)\s*(.*)$/s.exec(header) ?? [];
  if (scheme.toLowerCase() === "basic") return { scheme: "basic" };
  if (scheme.toLowerCase() !== "bearer") return undefined;
  const parameters = new Map(
    [...rest.matchAll(/([A-Za-z_]+)\s*=\s*(?:"([^"]*)"|([^\s,]+))/g)].map(
      ([, name = "", quoted, plain]) => [name.toLowerCase(), quoted ?? plain ?? ""],
    ),
  );
  const realm = parameters.get("realm");
  if (realm === undefined || !URL.canParse(realm)) return undefined;
  return {
    scheme: "bearer",
    realm,
    service: parameters.get("service"),
    scope: parameters.get("scope"),
  };
}
