/** Opens the folder that it is given and writes to it until it is killed. */
import { writeSync } from "node:fs";
import { BlobStore } from "@bedplate/blob";
import { putUntilKilled } from "@bedplate/blob/conformance";
import { openFileBlob } from "../src/index.ts";

const store = new BlobStore(await openFileBlob({ path: process.argv[2] ?? "" }));
await putUntilKilled(store, (key) => writeSync(1, `${key}\n`));
