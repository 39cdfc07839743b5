/** Opens the folder that it is given and writes to it until it is killed. */
import { writeSync } from "node:fs";
import { BlobStore } from "@bedplate/blob";
import { putUntilKilled } from "@bedplate/blob/conformance";
import { openFileBlob } from "../src/index.ts";
import { early } from "./mutants.ts";

const [, , path = "", how] = process.argv;
const driver = await openFileBlob({ path });
const store = new BlobStore(how === "early" ? early(driver) : driver);
await putUntilKilled(store, (key) => writeSync(1, `${key}\n`));
