import { closeSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { systemRandom } from "@bedplate/clock";
import { type Declares, offerOf, type Plugin, writeGreeting } from "@bedplate/environment";
import { openConnectChannel, servePlugin } from "@bedplate/environment/wire";
import { raise } from "@bedplate/errors";
import { socketsVariable } from "./process-cell.ts";
import { socketFiles } from "./socket-folder.ts";

/** The descriptor that the greeting goes to. */
const greetingDescriptor = 3;

/**
 * Serves a plug-in from this process to the host that started it: the whole of a plug-in's `main`.
 * Ends the process when the host is gone.
 */
export async function runPlugin<D extends Declares>(plugin: Plugin<D>): Promise<void> {
  const folder = process.env[socketsVariable];
  if (folder === undefined) throw notStarted();
  // What this process starts itself has no business with the host.
  delete process.env[socketsVariable];
  const channel = await openConnectChannel({
    side: "plugin",
    listenPath: join(folder, socketFiles.plugin),
    peerPath: join(folder, socketFiles.host),
    token: readFileSync(join(folder, socketFiles.token), "utf8"),
  });
  servePlugin(plugin, channel);
  process.stdin.resume().on("end", () => process.exit());
  const { plugin: identity, speaks, features } = plugin.manifest;
  const { build } = identity;
  const nonce = Buffer.from(systemRandom.bytes(16)).toString("hex");
  const offer = {
    ...offerOf("plugin", { build, speaks, features }),
    process: { build, startedAt: Date.now(), nonce },
  };
  writeSync(greetingDescriptor, writeGreeting(offer));
  closeSync(greetingDescriptor);
}

function notStarted(): Error {
  return raise("argument.invalid", {
    op: "environment.serve",
    blame: "operator",
    detail: { path: socketsVariable, rule: "is missing" },
    message: `Cannot serve the plug-in: ${socketsVariable} is not set; a host starts this program`,
  });
}
