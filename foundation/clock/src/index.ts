export { type Clock, systemClock } from "./clock.ts";
export { newId, type Random, seededRandom, systemRandom } from "./random.ts";
export { untilAborted } from "./until-aborted.ts";
export { VirtualClock } from "./virtual-clock.ts";
