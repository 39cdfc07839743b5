export { type PatriciaCommitment, patriciaCommitment } from "./commitment/patricia-commitment.ts";
export { allocEntries } from "./environment/alloc-entries.ts";
export { decodeAccount as accountOf } from "./environment/state-keys.ts";
