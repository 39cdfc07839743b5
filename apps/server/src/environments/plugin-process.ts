/** What runs in a process of its own: serves one plug-in of the catalog to the server that started it. */
import { runPlugin } from "@bedplate/environment-remote";
import { catalog } from "./catalog.ts";

const [name] = process.argv.slice(2);
const entry = catalog.find((each) => each.name === name);
if (entry === undefined) throw new Error(`Cannot serve ${name}: it is not in the catalog`);
await runPlugin(await entry.load());
