import { statSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import type { RegisterBody } from "@bedplate/routes";
import { type Invocation, textOption } from "./command.ts";
import { missingFile } from "./read-input.ts";
import { splitWords } from "./split-words.ts";
import { UsageError } from "./usage-error.ts";

/** Where a plug-in lies, as the command line says it. */
export type PluginSource = Pick<
  RegisterBody,
  "kind" | "folder" | "main" | "interpreter" | "args" | "exportName"
>;

/** The options that name a plug-in, for the commands that take one. */
export const pluginOptions = {
  command: { type: "string" },
  module: { type: "string" },
  export: { type: "string" },
  folder: { type: "string" },
} as const;

export const pluginOptionHelp: Readonly<Record<keyof typeof pluginOptions, string>> = {
  command: 'a program that serves the wire, for example "python3 plugin.py"',
  module: "a JavaScript or TypeScript file that exports a plug-in",
  export: "the module's export (default: plugin)",
  folder: "folder whose files are the plug-in (default: the one of its file)",
};

/** Reads `--command` or `--module`; undefined where neither is given. */
export function pluginSourceOf(invocation: Invocation): PluginSource | undefined {
  const command = textOption(invocation, "command");
  const module = textOption(invocation, "module");
  const exportName = textOption(invocation, "export");
  const folder = textOption(invocation, "folder");
  if (command !== undefined && module !== undefined)
    throw new UsageError("--command and --module exclude each other");
  if (exportName !== undefined && module === undefined)
    throw new UsageError("--export goes with --module");
  if (folder !== undefined && command === undefined && module === undefined)
    throw new UsageError("--folder goes with --command or --module");
  if (module !== undefined) return { kind: "module", ...placeOf(module, folder), exportName };
  return command === undefined ? undefined : programOf(command, folder);
}

/** `python3 plugin.py --fast`: an interpreter has no path and is followed by the file. */
function programOf(command: string, folder: string | undefined): PluginSource {
  const [first = "", second, ...rest] = splitWords(command);
  if (first === "") throw new UsageError("--command is empty");
  if (first.includes("/")) {
    const args = second === undefined ? [] : [second, ...rest];
    return { kind: "program", ...placeOf(first, folder), args };
  }
  if (second === undefined)
    throw new UsageError(
      `--command "${first}" names no file; write ./${first} for one that runs by itself`,
    );
  return { kind: "program", ...placeOf(second, folder), interpreter: first, args: rest };
}

/** The file in the folder that is named, else in its own. */
function placeOf(
  file: string,
  folder: string | undefined,
): { readonly folder: string; readonly main: string } {
  const path = folder === undefined ? resolve(file) : resolve(folder, file);
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) throw missingFile(path);
  const root = folder === undefined ? dirname(path) : resolve(folder);
  return { folder: root, main: relative(root, path) };
}
