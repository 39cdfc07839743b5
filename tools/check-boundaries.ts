/**
 * Checks that packages depend only on the layers below them.
 *
 * The folder of a package is its layer. Biome's `noUndeclaredDependencies` keeps the manifests
 * honest, so the manifests show every dependency between packages, except relative imports that
 * leave a package; those are refused here too.
 */
import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

interface Package {
  readonly name: string;
  readonly layer: string;
  readonly folder: string;
  readonly dependencies: readonly string[];
}

interface Rule {
  readonly layers: readonly string[];
  readonly packages?: readonly string[];
}

/** Which layers each layer may use, and single packages above that. */
const rules: Readonly<Record<string, Rule>> = {
  foundation: { layers: ["foundation"] },
  contracts: { layers: ["foundation"] },
  environments: { layers: ["foundation"], packages: ["contracts/environment"] },
  providers: { layers: ["foundation"] },
  core: { layers: ["foundation", "contracts", "core"] },
  api: { layers: ["foundation", "api"] },
  "apps/server": {
    layers: ["foundation", "contracts", "environments", "providers", "core", "api"],
  },
  "apps/cli": {
    layers: ["foundation"],
    // The tools of `environments/evm` work on files, without a server.
    packages: [
      "api/sdk",
      "api/routes",
      "apps/agent",
      "apps/server",
      "contracts/environment",
      "environments/evm",
    ],
  },
  "apps/agent": { layers: ["foundation"], packages: ["apps/server"] },
  apps: { layers: ["foundation"], packages: ["api/sdk"] },
};
const layers = "{foundation,contracts,environments,providers,core,api,apps}";

function readPackages(): readonly Package[] {
  return globSync(`${layers}/*/package.json`).map((path) => {
    const [layer = "", folder = ""] = path.split("/");
    const manifest = JSON.parse(readFileSync(path, "utf8"));
    return {
      name: manifest.name,
      layer,
      folder,
      dependencies: Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }),
    };
  });
}

function brokenRule(from: Package, to: Package): string | undefined {
  const rule = rules[`${from.layer}/${from.folder}`] ?? rules[from.layer];
  if (rule === undefined) return `no rule for the layer ${from.layer}`;
  if (rule.layers.includes(to.layer)) return undefined;
  if (rule.packages?.includes(`${to.layer}/${to.folder}`)) return undefined;
  const isOwnContract = from.layer === "providers" && to.layer === "contracts";
  if (isOwnContract && from.folder.startsWith(`${to.folder}-`)) return undefined;
  return `${from.layer}/${from.folder} must not depend on ${to.layer}/${to.folder}`;
}

function dependencyViolations(packages: readonly Package[]): readonly string[] {
  const byName = new Map(packages.map((each) => [each.name, each]));
  return packages.flatMap((from) =>
    from.dependencies.flatMap((name) => {
      const to = byName.get(name);
      const rule = to && brokenRule(from, to);
      return rule ? [`${from.name} -> ${name}: ${rule}`] : [];
    }),
  );
}

function relativeImportViolations(): readonly string[] {
  return globSync(`${layers}/*/{src,test,bench}/**/*.ts`).flatMap((path) => {
    const root = path.split("/").slice(0, 2).join("/");
    const specifiers = readFileSync(path, "utf8").matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g);
    return [...specifiers]
      .map(([, specifier = ""]) => join(dirname(path), specifier))
      .filter((target) => !target.startsWith(`${root}/`))
      .map((target) => `${path} imports ${target}: use the package name`);
  });
}

const violations = [...dependencyViolations(readPackages()), ...relativeImportViolations()];
for (const each of violations) process.stderr.write(`${each}\n`);
process.exitCode = violations.length > 0 ? 1 : 0;
