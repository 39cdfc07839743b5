import { type BerthNetwork, tableName } from "./addresses.ts";
import { removedRules } from "./rules.ts";
import { runTool, type ToolCommand } from "./run-tool.ts";

/** What nft says of a chain that is not there; any other failure says nothing about the chain. */
const noChain = /No such file or directory/;

/** What takes a machine's present rules away; empty where there are none. Throws where that is not known. */
export async function removal(
  network: BerthNetwork,
  run: (command: ToolCommand) => Promise<string> = runTool,
): Promise<string> {
  const words = ["list", "chain", "inet", tableName, network.chain];
  try {
    return removedRules(network, await run({ program: "nft", words }));
  } catch (error) {
    if (error instanceof Error && noChain.test(error.message)) return "";
    throw error;
  }
}
