/**
 * Assembles the WebAssembly text files of the house with `wat2wasm` (package wabt, 1.0.32 or newer).
 *
 * An example becomes a `.wasm` file beside its source. Programs that packages and tests carry become
 * one `assembled.ts` for each folder, so that reading them needs no file access.
 */
import { execFileSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";

const lineWidth = 76;

function assemble(source: string): Buffer {
  const folder = mkdtempSync(join(tmpdir(), "assemble-"));
  const target = join(folder, "out.wasm");
  try {
    execFileSync("wat2wasm", ["--enable-exceptions", source, "-o", target]);
    return readFileSync(target);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function camelCase(name: string): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

function constantOf(source: string): string {
  const name = basename(source, ".wat");
  const lines = assemble(source)
    .toString("base64")
    .match(new RegExp(`.{1,${lineWidth}}`, "g"));
  const text = (lines ?? []).map((line) => `    "${line}",`).join("\n");
  return `/** The program of \`${name}.wat\`. */\nexport const ${camelCase(name)}: Uint8Array = decode([\n${text}\n  ]);\n`;
}

function writeFolder(folder: string, sources: readonly string[]): void {
  const head = "// Written by tools/assemble-wasm.ts from the .wat files beside it.\n";
  const decode =
    'function decode(lines: readonly string[]): Uint8Array {\n  return Uint8Array.from(Buffer.from(lines.join(""), "base64"));\n}\n';
  const path = join(folder, "assembled.ts");
  writeFileSync(path, [head, ...sources.map(constantOf), decode].join("\n"));
  execFileSync("biome", ["format", "--write", path], { stdio: "ignore" });
}

for (const source of globSync("examples/**/*.wat")) {
  writeFileSync(source.replace(/wat$/, "wasm"), assemble(source));
}
const folders = Map.groupBy(
  globSync("environments/wasm/{src,test,bench}/**/*.wat").sort(),
  (source) => dirname(source),
);
for (const [folder, sources] of folders) writeFolder(folder, sources);
