import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, lstatSync, realpathSync } from "node:fs";
import { dirname, extname } from "node:path";
import { fileURLToPath } from "node:url";
import { guestStackBytes } from "../channel/guest-stack.ts";

/** JavaScript heap of a guest process, in MiB; the guest's memory is outside of it. */
const heapMiB = 256;

/** What a child process runs: a guest, or the maker of the engine. */
export type GuestProgram =
  | { readonly program: "guest" }
  | {
      readonly program: "maker";
      readonly modulePath: string;
      readonly libraryPath: string;
    };

/**
 * Starts a child process of its own group: no environment, no standard streams but `stderr`, the
 * fourth descriptor as its only line to the outside. It may read the code that it runs, and nothing
 * else of the file system; it may not start processes, threads or add-ons.
 */
export function spawnGuest(what: GuestProgram): ChildProcess {
  const own = dirname(dirname(fileURLToPath(import.meta.url)));
  const name = what.program === "guest" ? "guest-process" : "make-engine";
  const script = `${own}/guest/${name}${extname(import.meta.url)}`;
  const data = what.program === "maker" ? [what.modulePath, what.libraryPath] : [];
  const readable = [...codeFolders(own), ...data.map((path) => realpathSync(path))];
  const flags = [
    "--permission",
    ...readable.map((path) => `--allow-fs-read=${path}`),
    "--expose-gc",
    "--no-warnings",
    `--stack-size=${Math.floor(guestStackBytes / 1024)}`,
    `--max-old-space-size=${heapMiB}`,
  ];
  return spawn(process.execPath, [...flags, script, ...data], {
    stdio: ["ignore", "ignore", "pipe", "pipe"],
    env: {},
    cwd: own,
    detached: true,
    windowsHide: true,
  });
}

/** What the child loads code from: this package's sources and those of the packages it imports. */
function codeFolders(own: string): readonly string[] {
  const folders = guestPackages.map((name) => dirname(fileURLToPath(import.meta.resolve(name))));
  const sources = [own, ...folders].map((folder) => realpathSync(folder));
  const importers = [own, ...sources];
  const links = importers.flatMap((from) => guestPackages.flatMap((name) => linksTo(name, from)));
  // A path that is the start of another has to come first, or Node's permission tree loses it.
  return [...new Set([...sources.flatMap(withManifest), ...links])].sort();
}

/** The packages that a guest process imports, directly or not. */
const guestPackages = ["@bedplate/wasm-module", "@bedplate/errors"];

/** A folder of code and the manifest beside it. */
function withManifest(folder: string): readonly string[] {
  return [`${folder}/*`, `${dirname(folder)}/package.json`];
}

/** Paths under which the module loader looks for a package, and the links on the way to them. */
function linksTo(name: string, from: string): readonly string[] {
  const found: string[] = [];
  for (let folder = from; folder !== dirname(folder); folder = dirname(folder)) {
    const place = `${folder}/node_modules/${name}`;
    if (existsSync(place)) found.push(...linksAlong(place), `${place}/package.json`);
  }
  return found;
}

function linksAlong(path: string): readonly string[] {
  const found: string[] = [];
  for (let each = path; each !== dirname(each); each = dirname(each)) {
    if (lstatSync(each).isSymbolicLink()) found.push(each);
  }
  return found;
}
