/** How far a copy is. */
export interface CopyProgress {
  /** What is copied now, for people. */
  readonly what: string;
  /** Looked at so far. */
  readonly items: number;
  readonly bytes: number;
  /** Written or deleted so far. */
  readonly changed: number;
}
