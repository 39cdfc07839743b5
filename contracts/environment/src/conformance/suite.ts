import type { ConformanceCase } from "./conformance-case.ts";

/** Every case of the contract, in the order of their ids. */
export const conformanceCases: readonly ConformanceCase[] = [];
