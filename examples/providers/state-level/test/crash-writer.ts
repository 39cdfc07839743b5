// Writes to the folder that it is given until it is killed, and prints what was acknowledged.
import { systemClock } from "@bedplate/clock";
import { StateStore } from "@bedplate/state";
import { writeUntilKilled } from "@bedplate/state/conformance";
import { LevelPlace } from "../src/index.ts";

const place = new LevelPlace({ path: process.argv[2] ?? "", clock: systemClock });
await writeUntilKilled(new StateStore(await place.open()), (name) => console.log(name));
