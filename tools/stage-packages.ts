/**
 * Builds every public package into `.stage/<layer>/<package>`, ready for `npm publish`.
 *
 * In the repository `exports` points at `src/*.ts`, so nothing needs a build to run. npm cannot
 * replace `exports` at publish time, so the staged manifest is a copy that points at `dist`.
 */
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";

interface Manifest {
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

const stageRoot = ".stage";

function toDist(sourcePath: string, extension: ".js" | ".d.ts"): string {
  const match = /^\.\/src\/(.+)\.ts$/.exec(sourcePath);
  if (!match) throw new Error(`Cannot stage "${sourcePath}": expected a path like ./src/name.ts`);
  return `./dist/${match[1]}${extension}`;
}

function toPublishedManifest(source: Manifest): Manifest {
  const {
    scripts: _s,
    devDependencies: _d,
    publishConfig: _p,
    exports = {},
    bin,
    ...kept
  } = source;
  return {
    ...kept,
    ...(exports && {
      exports: mapValues(exports, (path) => ({
        types: toDist(path, ".d.ts"),
        default: toDist(path, ".js"),
      })),
    }),
    ...(bin && { bin: mapValues(bin, (path) => toDist(path, ".js")) }),
    files: ["dist"],
  } as unknown as Manifest;
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): object {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

/** TypeScript leaves `.ts` specifiers in declaration files (microsoft/TypeScript#61037). */
function rewriteDeclarationSpecifiers(dist: string): void {
  for (const path of globSync(`${dist}/**/*.d.ts`)) {
    const text = readFileSync(path, "utf8");
    writeFileSync(path, text.replace(/((?:from |import\()"\.[^"]+)\.ts"/g, '$1.js"'));
  }
}

/** Data that the sources read beside themselves: everything in `src` that is no TypeScript. */
function copyData(source: string, staged: string): void {
  for (const path of globSync(`${source}/src/**/*.{js,json,wasm,py,proto,elf}`)) {
    const target = join(staged, "dist", relative(join(source, "src"), path));
    mkdirSync(dirname(target), { recursive: true });
    cpSync(path, target);
  }
}

function stage(staged: string): void {
  const source = relative(stageRoot, staged);
  const manifest = JSON.parse(readFileSync(join(source, "package.json"), "utf8")) as Manifest;
  if (manifest.private === true) {
    rmSync(staged, { recursive: true });
    return;
  }
  renameSync(join(staged, "src"), join(staged, "dist"));
  rewriteDeclarationSpecifiers(join(staged, "dist"));
  copyData(source, staged);
  const published = JSON.stringify(toPublishedManifest(manifest), null, 2);
  writeFileSync(join(staged, "package.json"), `${published}\n`);
  for (const file of ["README.md", "CHANGELOG.md"]) {
    if (existsSync(join(source, file))) cpSync(join(source, file), join(staged, file));
  }
  cpSync("LICENSE", join(staged, "LICENSE"));
}

rmSync(stageRoot, { recursive: true, force: true });
execFileSync("npx", ["tsc", "-p", "tsconfig.build.json"], { stdio: "inherit" });
for (const staged of globSync(`${stageRoot}/*/*/src`)) stage(dirname(staged));
