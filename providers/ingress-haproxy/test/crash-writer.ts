/** Applies routes to an engine until it is killed; prints each that was acknowledged. */
import { IngressProvider } from "@bedplate/ingress";
import { applyUntilKilled } from "@bedplate/ingress/conformance";
import { openHaproxyIngress } from "../src/index.ts";

const [folder = "", port, program] = process.argv.slice(2);
const driver = await openHaproxyIngress({ folder, port: Number(port), program, graceMs: 200 });
await applyUntilKilled(new IngressProvider(driver), (line) => process.stdout.write(`${line}\n`));
