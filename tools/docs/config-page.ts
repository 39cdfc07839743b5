import { serverConfigSchema } from "../../apps/server/src/config.ts";
import { configVariables } from "../../apps/server/src/read-config.ts";
import { typeOf } from "./json-type.ts";
import { code, generatedNote, table } from "./markdown.ts";

type Document = Readonly<Record<string, unknown>>;

/** `docs/reference/configuration.md`, from the schema itself. */
export function configPage(): string {
  const variables = Object.entries(configVariables).map(([name, pointer]) => [
    code(name),
    code(pointer),
  ]);
  return `# Configuration

${generatedNote}

A JSON file (\`--config FILE\` or \`BEDPLATE_CONFIG\`), then variables, then options of the command: later ones win.
Unknown keys are errors. \`bedplate config show\` prints what holds; \`--schema\` prints the JSON Schema.

${table([["Member", "Type", "Default", "Meaning"], ...rowsOf(serverConfigSchema.jsonSchema, "")])}

\`<slot>\` is a name such as \`python\`. The members of an environment's \`config\` are in its manifest:
\`bedplate env inspect SLOT\`.

## Variables

${table([["Variable", "Sets"], ...variables])}

The command line also reads \`BEDPLATE_CONFIG\` (the file), \`BEDPLATE_URL\` and \`BEDPLATE_KEY\` (the server to use), and
keeps data in \`$XDG_DATA_HOME/bedplate\` (default: \`~/.local/share/bedplate\`) where nothing names a folder.
`;
}

/** One row per member that holds a value; objects are walked into. */
function rowsOf(schema: Document, prefix: string): readonly (readonly string[])[] {
  const properties = Object.entries((schema["properties"] ?? {}) as Record<string, Document>);
  return properties.flatMap(([name, each]) => {
    const path = prefix === "" ? name : `${prefix}.${name}`;
    if (each["properties"] !== undefined) return rowsOf(each, path);
    const [entry] = Object.values((each["patternProperties"] ?? {}) as Record<string, Document>);
    if (entry?.["properties"] !== undefined) return rowsOf(entry, `${path}.<slot>`);
    const standard = each["default"];
    const shown = standard === undefined ? "" : code(JSON.stringify(standard));
    return [[code(path), typeOf(each), shown, String(each["description"] ?? "")]];
  });
}
