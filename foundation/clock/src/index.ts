export { type Clock, systemClock } from "./clock.ts";
export { newId, type Random, seededRandom, systemRandom } from "./random.ts";
export { VirtualClock } from "./virtual-clock.ts";
