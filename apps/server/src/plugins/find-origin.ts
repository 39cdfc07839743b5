import { realpathSync, statSync } from "node:fs";
import { isAbsolute, join, relative } from "node:path";
import { raise } from "@bedplate/errors";
import type { ReleaseOrigin } from "@bedplate/registry";
import type { RegisterBody } from "@bedplate/routes";
import { digestFolder, isBelow } from "./folder-digest.ts";
import type { PluginsConfig } from "./plugins-config.ts";

/** What a caller says of where a plug-in lies. */
export type OriginRequest = Omit<RegisterBody, "grants" | "config">;

/** Finds a plug-in's files, where the operator allows it, and digests them. Nothing of it runs. */
export async function findOrigin(
  request: OriginRequest,
  config: PluginsConfig,
): Promise<ReleaseOrigin> {
  const { kind, main, args, interpreter, exportName, files: expected } = request;
  const folder = allowedFolder(request.folder, config);
  demandMain(folder, main);
  if (interpreter !== undefined) demandInterpreter(interpreter, request, config);
  const files = await digestFolder(folder);
  if (expected !== undefined && expected !== files) throw otherFiles(folder, { expected, files });
  const path = relative(folder, join(folder, main));
  if (kind === "module") return { kind, folder, files, main: path, exportName };
  return { kind, folder, files, main: path, interpreter, args };
}

/** Refuses an origin whose files are not any more what was registered. */
export async function verifyOrigin(origin: ReleaseOrigin, config: PluginsConfig): Promise<void> {
  const folder = allowedFolder(origin.folder, config);
  const files = await digestFolder(folder);
  if (files !== origin.files) throw otherFiles(folder, { expected: origin.files, files });
}

/** The folder with its links followed: what was allowed is what is used. */
function allowedFolder(path: string, config: PluginsConfig): string {
  if (config.folder === "") throw denied(path, "the configuration names no plugins.folder");
  if (!isAbsolute(path)) throw invalid("/folder", "must be an absolute path");
  if (!isFolder(path)) throw missing(path);
  if (!isBelow(config.folder, path)) throw denied(path, `it is not below ${config.folder}`);
  return realpathSync(path);
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function demandMain(folder: string, main: string): void {
  const path = join(folder, main);
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) throw missing(path);
  if (!isBelow(folder, path)) throw invalid("/main", "must be a file in the folder");
}

/** An interpreter runs the plug-in's file: with any program here, a key could run any program. */
function demandInterpreter(name: string, { kind }: OriginRequest, config: PluginsConfig): void {
  if (kind === "module") throw invalid("/interpreter", "a module has none");
  if (config.interpreters.includes(name)) return;
  const known = config.interpreters.join(", ");
  throw denied(name, `plugins.interpreters of the configuration has ${known}`);
}

function denied(what: string, why: string): Error {
  return raise("permission.denied", {
    op: "plugins.register",
    blame: "operator",
    detail: { permission: "plugins" },
    message: `Cannot load a plug-in with ${what}: ${why}`,
  });
}

function invalid(path: string, rule: string): Error {
  return raise("argument.invalid", {
    op: "plugins.register",
    detail: { path, rule },
    message: `Cannot register the plug-in: ${path} ${rule}`,
  });
}

function missing(path: string): Error {
  return raise("resource.missing", {
    op: "plugins.register",
    detail: { type: "file", id: path },
    message: `Cannot register the plug-in: ${path} is not there`,
  });
}

function otherFiles(
  folder: string,
  digests: { readonly expected: string; readonly files: string },
): Error {
  return raise("digest.mismatch", {
    op: "plugins.verify",
    detail: { expected: digests.expected, actual: digests.files },
    message: `Cannot load the plug-in in ${folder}: its files are not the ones that were named`,
  });
}
