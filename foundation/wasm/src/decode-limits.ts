/**
 * Bounds of a decoded module. They follow the implementation limits of the WebAssembly JavaScript
 * Interface (section "Implementation-defined Limits"), so nothing that an engine runs is refused.
 */
export interface DecodeLimits {
  readonly moduleBytesMax: number;
  readonly typesMax: number;
  readonly functionsMax: number;
  readonly importsMax: number;
  readonly exportsMax: number;
  readonly globalsMax: number;
  readonly dataSegmentsMax: number;
  readonly elementSegmentsMax: number;
  readonly tablesMax: number;
  readonly memoriesMax: number;
  readonly tagsMax: number;
  readonly parametersMax: number;
  readonly fieldsMax: number;
  readonly functionBytesMax: number;
  readonly localsMax: number;
  readonly nameBytesMax: number;
  /** Most blocks open at once in one function. */
  readonly nestingMax: number;
  /** Custom sections in one module. */
  readonly customSectionsMax: number;
}

/** The limits in force where a caller names no other. */
export const decodeLimits: DecodeLimits = {
  moduleBytesMax: 1 << 30,
  typesMax: 1_000_000,
  functionsMax: 1_000_000,
  importsMax: 1_000_000,
  exportsMax: 1_000_000,
  globalsMax: 1_000_000,
  dataSegmentsMax: 100_000,
  elementSegmentsMax: 10_000_000,
  tablesMax: 100_000,
  memoriesMax: 100_000,
  tagsMax: 1_000_000,
  parametersMax: 1_000,
  fieldsMax: 10_000,
  functionBytesMax: 7_654_321,
  localsMax: 50_000,
  nameBytesMax: 100_000,
  nestingMax: 100_000,
  customSectionsMax: 100_000,
};
