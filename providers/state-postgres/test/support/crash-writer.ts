/** Opens the state that it is given and writes to it until it is killed. */
import { writeSync } from "node:fs";
import { systemClock } from "@bedplate/clock";
import { StateStore } from "@bedplate/state";
import { writeUntilKilled } from "@bedplate/state/conformance";
import { silentLog } from "@bedplate/telemetry";
import { openPostgresState } from "../../src/index.ts";

const host = { clock: systemClock, log: silentLog, variables: {} };
const store = new StateStore(await openPostgresState({ url: process.argv[2] ?? "", host }));
await writeUntilKilled(store, (name) => writeSync(1, `${name}\n`));
