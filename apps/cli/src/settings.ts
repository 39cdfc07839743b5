import { existsSync } from "node:fs";
import { readConfig, type ServerConfig } from "@bedplate/server/settings";
import { type Invocation, textOption } from "./command.ts";
import { defaultDataFolder } from "./data-folder.ts";
import { missingFile } from "./read-input.ts";

/** The server configuration that a command's options, the variables and the file make together. */
export function settingsOf(
  invocation: Invocation,
  overrides: Readonly<Record<string, string | number | boolean>> = {},
): ServerConfig {
  const file = textOption(invocation, "config") ?? process.env["BEDPLATE_CONFIG"];
  const data = textOption(invocation, "data") ?? process.env["BEDPLATE_DATA"];
  if (file !== undefined && !existsSync(file)) throw missingFile(file);
  const isDataUnset = data === undefined && file === undefined;
  return readConfig({
    file,
    variables: process.env,
    options: {
      ...(data !== undefined && { "/data": dataUrl(data) }),
      ...(isDataUnset && { "/data": `file:${defaultDataFolder()}` }),
      ...overrides,
    },
  });
}

/** The folder that a configuration keeps its data in; undefined for memory. */
export function folderOf(config: Pick<ServerConfig, "data">): string | undefined {
  return config.data.startsWith("file:") ? config.data.slice("file:".length) : undefined;
}

function dataUrl(text: string): string {
  return text === "memory:" || text.startsWith("file:") ? text : `file:${text}`;
}
