/** What runs in a process of its own: serves the plug-in that a module exports. */
import { pathToFileURL } from "node:url";
import { runPlugin } from "@bedplate/environment-remote";
import { loadPlugin } from "../environments/catalog.ts";

const [path = "", exportName = ""] = process.argv.slice(2);
await runPlugin(await loadPlugin(pathToFileURL(path).href, exportName));
