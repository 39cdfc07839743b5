import type { Plugin } from "../manifest.ts";

/** A wire. */
export function loopback(plugin: Plugin): Plugin {
  return plugin;
}
