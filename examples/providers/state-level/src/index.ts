export { LevelPlace, type LevelPlaceOptions } from "./level-place.ts";
export { provider } from "./provider.ts";
