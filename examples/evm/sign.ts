// Signs an Ethereum transaction for the chain of examples/evm/chain.json, and prints it as it is sent.
// Usage: node examples/evm/sign.ts '{"nonce":"0x0","gas":"0x5208","gasPrice":"0x0","to":"0x..."}' [SECRET KEY]
import { readFileSync } from "node:fs";
import { signTransaction } from "@bedplate/environment-evm/tools";

const [json = "{}", key = "45".repeat(32)] = process.argv.slice(2);
const chain = JSON.parse(readFileSync(new URL("chain.json", import.meta.url), "utf8"));
const { bytes } = await signTransaction(JSON.parse(json), {
  secretKey: Buffer.from(key.replace(/^0x/, ""), "hex"),
  chainId: BigInt(chain.chainId),
});
console.log(Buffer.from(bytes).toString("hex"));
