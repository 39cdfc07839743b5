/** Applies routes to a proxy until it is killed; prints each that was acknowledged. */
import { IngressProvider } from "@bedplate/ingress";
import { applyUntilKilled } from "@bedplate/ingress/conformance";
import { openProxyIngress } from "../src/index.ts";

const [journalPath] = process.argv.slice(2);
const ingress = new IngressProvider(await openProxyIngress({ journalPath }));
await applyUntilKilled(ingress, (line) => process.stdout.write(`${line}\n`));
