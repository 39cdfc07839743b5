/** Opens the bucket and the prefix that it is given and writes to them until it is killed. */
import { writeSync } from "node:fs";
import { BlobStore } from "@bedplate/blob";
import { putUntilKilled } from "@bedplate/blob/conformance";
import { openS3Blob } from "../src/index.ts";

const [, , url = "", prefix = ""] = process.argv;
const store = new BlobStore(await openS3Blob(url, { variables: {} }, { prefix }));
await putUntilKilled(store, (key) => writeSync(1, `${key}\n`));
