import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "./cache-folder.ts";

/**
 * A folder of Debian packages, made by `tools/services/install.sh`. Its programs run with its own
 * loader and libraries, so neither a chroot nor root's rights are needed.
 */
export interface EngineRoot {
  readonly libraries: string;
  /** Variables that its programs need. */
  readonly variables: Readonly<Record<string, string>>;
  path(program: string): string;
  /** What to start for one of its programs: the loader, with the program behind it. */
  program(
    name: string,
    args: readonly string[],
  ): {
    readonly command: string;
    readonly args: readonly string[];
  };
}

/** Why a program of the folder is absent; undefined when it is there. */
export function engineRootAbsence(program: string): string | undefined {
  if (process.platform !== "linux") return `its Debian packages run on Linux only`;
  const isThere = existsSync(join(cacheFolder("engine-root"), "usr/bin", program));
  return isThere ? undefined : `${program} is not installed: sh tools/services/install.sh`;
}

/** Opens the folder. */
export function openEngineRoot(): EngineRoot {
  const usr = join(cacheFolder("engine-root"), "usr");
  const triplet = readdirSync(join(usr, "lib")).find((name) => name.endsWith("-linux-gnu"));
  const libraries = join(usr, "lib", triplet ?? "");
  const loader = readdirSync(libraries).find((name) => /^ld-linux.*\.so\.\d$/.test(name));
  if (loader === undefined) throw new Error(`Cannot run programs of ${usr}: it has no loader`);
  const searched = `${libraries}:${join(libraries, "ceph")}`;
  return {
    libraries,
    variables: { PYTHONHOME: usr, PYTHONUNBUFFERED: "1", PYTHONDONTWRITEBYTECODE: "1" },
    path: (program) => join(usr, "bin", program),
    program: (name, args) => ({
      command: join(libraries, loader),
      args: ["--library-path", searched, join(usr, "bin", name), ...args],
    }),
  };
}
