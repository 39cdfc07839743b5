/** What runs in a worker thread: loads a plug-in, and serves it over the port that came along. */
import { isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";
import { type MessagePort, workerData } from "node:worker_threads";
import type { Plugin } from "@bedplate/environment";
import { openPortChannel, servePlugin } from "@bedplate/environment/wire";
import { pluginOf } from "./plugin-of.ts";

interface WorkerStart {
  readonly module: string;
  readonly exportName: string;
  readonly port: MessagePort;
}

const { module, exportName, port } = workerData as WorkerStart;
const url = isAbsolute(module) ? pathToFileURL(module).href : module;
const loaded = (await import(url)) as Readonly<Record<string, unknown>>;
const plugin: Plugin = await pluginOf(loaded[exportName], `${url}#${exportName}`);
servePlugin(plugin, openPortChannel(port, { keepsAlive: true }));
