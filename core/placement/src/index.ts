export { type Amounts, type Capacity, minus, nothing, plus, resources } from "./amounts.ts";
export {
  type PlacementOptions,
  type PlacementRound,
  type Placements,
  placeAll,
} from "./place-all.ts";
export type { NodeState, PlacementNode } from "./placement-node.ts";
export { type PlacementRequest, type WaitReason, wordReason } from "./placement-request.ts";
export { agingMsDefault, keptMsMax, rankMax, rankOf } from "./rank.ts";
export type { PlacementStrategy } from "./strategy.ts";
