/** Opens the file that it is given and writes to it until it is killed. */
import { writeSync } from "node:fs";
import { StateStore } from "@bedplate/state";
import { writeUntilKilled } from "@bedplate/state/conformance";
import { openSqliteState } from "../src/index.ts";

const store = new StateStore(await openSqliteState({ path: process.argv[2] ?? "" }));
await writeUntilKilled(store, (name) => writeSync(1, `${name}\n`));
