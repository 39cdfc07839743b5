/** The version of an installed package; rejects where it is not there. */
export async function versionOf(name: string): Promise<string> {
  const path = `${name}/package.json`;
  const manifest = (await import(path, { with: { type: "json" } })) as {
    readonly default: { readonly version: string };
  };
  return manifest.default.version;
}
