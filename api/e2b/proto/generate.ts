/**
 * Makes `src/generated` of the protocol's files. Needs `protoc` and, anywhere on the path,
 * `protoc-gen-es` of @bufbuild/protoc-gen-es in the version that package.json pins for its runtime.
 * Run it in this folder.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";

const names = ["process", "filesystem"] as const;

mkdirSync("../src/generated", { recursive: true });
for (const name of names) {
  const options = ["--es_out=../src/generated", "--es_opt=target=ts", `${name}.proto`];
  execFileSync("protoc", ["-I", ".", ...options], { stdio: "inherit" });
  const made = `../src/generated/${name}_pb.ts`;
  const text = readFileSync(made, "utf8").replace(/export enum (\w+) \{([^}]*)\}/g, asConstants);
  writeFileSync(`../src/generated/${name}-messages.ts`, text);
  rmSync(made);
}

/** Enums are no TypeScript that can be run by leaving out types. */
function asConstants(_all: string, name: string, body: string): string {
  const members = body.replace(/(\w+) = (\d+),/g, "$1: $2,");
  return `export const ${name} = {${members}} as const;\n\nexport type ${name} = (typeof ${name})[keyof typeof ${name}];`;
}
