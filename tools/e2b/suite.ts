import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

/** A suite of E2B's that is ready to be run. */
export interface Suite {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
  readonly projects: readonly string[];
}

/** One case and what came of it. */
export interface CaseResult {
  readonly name: string;
  readonly status: "passed" | "failed" | "skipped";
  readonly reason: string;
}

/** Packages of the suite's own that its tests have no use for. */
const unneeded = new Set([
  ..."@cloudflare/vitest-pool-workers @redocly/cli @typescript/native knip npm-run-all".split(" "),
  ..."json-schema-to-typescript openapi-typescript tsdown tsup typescript wrangler".split(" "),
  "npm-check-updates",
]);

/**
 * Copies a suite to `folder` and installs what it needs. With `version`, the cases are run on the
 * sources of that published package, as the package's own source map has them.
 */
export function prepareSuite(
  from: string,
  options: { readonly folder: string; readonly version?: string | undefined },
): Suite {
  const { folder, version } = options;
  const source = [from, join(from, "packages/js-sdk"), join(from, "js")].find(
    (each) =>
      existsSync(join(each, "vitest.config.mts")) || existsSync(join(each, "vitest.config.js")),
  );
  if (source === undefined) throw new Error(`Cannot run the suite: there is none in ${from}`);
  const filter = (path: string) => !path.includes("node_modules");
  cpSync(source, folder, { recursive: true, filter });
  const manifestPath = join(folder, "package.json");
  const { name } = readManifest(manifestPath);
  if (version !== undefined) takeSources(`${name}@${version}`, folder);
  const manifest = readManifest(manifestPath);
  const kept = Object.entries(manifest.devDependencies).filter(([each]) => !unneeded.has(each));
  const reduced = { ...manifest, devDependencies: Object.fromEntries(kept) };
  writeFileSync(manifestPath, JSON.stringify(reduced, null, 2));
  const install = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"];
  execFileSync("npm", install, { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
  const projects = name === "e2b" ? ["unit", "template", "connectionConfig"] : [];
  return { name, version: manifest.version, folder, projects };
}

/** Runs the cases of some files, or all, one file after the other. */
export async function runSuite(
  { folder, projects }: Suite,
  options: {
    readonly env: Readonly<Record<string, string>>;
    readonly files: readonly string[];
    readonly report: string;
    readonly pattern?: string | undefined;
  },
): Promise<readonly CaseResult[]> {
  const { env, files, report, pattern } = options;
  const words = ["node_modules/vitest/vitest.mjs", "run", "--no-file-parallelism"];
  words.push(...projects.flatMap((each) => ["--project", each]));
  words.push("--reporter=json", `--outputFile=${report}`);
  if (pattern !== undefined) words.push("-t", pattern);
  const child = spawn(process.execPath, [...words, ...files], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "ignore"],
  });
  await once(child, "exit");
  return readReport(report, folder);
}

/** What did not pass of the cases that are asked for; of a file that does not load, no case is reported. */
export function unpassed(
  live: ReadonlySet<string>,
  results: readonly CaseResult[],
): readonly CaseResult[] {
  const found = new Map(results.map((each) => [each.name, each]));
  const missing = (name: string): CaseResult => ({
    name,
    status: "failed",
    reason: "it is not in the report: its file did not load",
  });
  return [...live]
    .map((name) => found.get(name) ?? missing(name))
    .filter(({ status }) => status !== "passed");
}

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages?: readonly string[] | undefined;
    }[];
  }[];
}

function readReport(path: string, folder: string): readonly CaseResult[] {
  const report: Report = JSON.parse(readFileSync(path, "utf8"));
  const seen = new Map<string, number>();
  return report.testResults.flatMap(({ name: file, assertionResults }) =>
    assertionResults.map(({ fullName, status, failureMessages = [] }) => {
      const name = `${file.slice(folder.length + 1)} > ${fullName.trim()}`;
      const nth = (seen.get(name) ?? 0) + 1;
      seen.set(name, nth);
      return {
        // Some cases of a file have the same name.
        name: nth === 1 ? name : `${name} (${nth})`,
        status: status === "passed" || status === "failed" ? status : "skipped",
        reason: failureMessages.join("\n"),
      };
    }),
  );
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly devDependencies: Readonly<Record<string, string>>;
}

function readManifest(path: string): Manifest {
  return JSON.parse(readFileSync(path, "utf8"));
}

/** Puts the sources of a published package in place of those that the suite came with. */
function takeSources(spec: string, folder: string): void {
  const packed = join(folder, ".packed");
  mkdirSync(packed);
  execFileSync("npm", ["pack", spec, "--silent"], { cwd: packed, stdio: "ignore" });
  execFileSync("sh", ["-c", "tar xzf *.tgz"], { cwd: packed });
  const map: { readonly sources: readonly string[]; readonly sourcesContent: readonly string[] } =
    JSON.parse(readFileSync(join(packed, "package/dist/index.mjs.map"), "utf8"));
  map.sources.forEach((source, at) => {
    const path = normalize(join("dist", source));
    const text = map.sourcesContent[at];
    if (!path.startsWith("src/") || typeof text !== "string") return;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  });
  cpSync(join(packed, "package/package.json"), join(folder, "package.json"));
  rmSync(packed, { recursive: true });
}
