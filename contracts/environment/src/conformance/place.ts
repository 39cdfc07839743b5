import type { Plugin } from "../manifest.ts";
import type { Position } from "./conformance-subject.ts";

/** What stands between the host and a plug-in in a position. */
export function placeIn(_position: Position): (plugin: Plugin) => Plugin {
  return (plugin) => plugin;
}
