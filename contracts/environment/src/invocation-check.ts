/** What an environment says of an invocation that did not run. A refusal is an answer, not a fault. */
export type InvocationCheck =
  | {
      readonly isFit: true;
      /** The most fuel that it may use. Absent: all of its budget. */
      readonly fuelMax?: number | undefined;
      /** Absent: it follows on nothing. */
      readonly turn?: Turn | undefined;
    }
  | {
      readonly isFit: false;
      /** What is wrong, in one word that programs read. */
      readonly code: string;
      /** The same for people, by the words that the field uses. */
      readonly reason: string;
    };

/** Where an invocation stands in a line whose places come one after the other. */
export interface Turn {
  /** Names the line. */
  readonly line: string;
  readonly place: number;
  /** How many places before this one have not come; 0 where it is the next one. */
  readonly ahead: number;
}

/** Longest `code`, and longest name of a line, in characters. */
export const checkCodeMax = 128;
