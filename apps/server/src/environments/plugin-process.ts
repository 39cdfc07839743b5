/** What runs in a process of its own: serves one plug-in of the catalog to the server that started it. */
import { runPlugin } from "@bedplate/environment-remote";
import { catalog } from "./catalog.ts";

const [slot] = process.argv.slice(2);
const entry = catalog.find((each) => each.slot === slot);
if (entry === undefined) throw new Error(`Cannot serve ${slot}: it is not in the catalog`);
await runPlugin(await entry.load());
