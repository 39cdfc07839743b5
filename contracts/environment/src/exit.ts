/** How a guest ended. `code` or `signal`, never both. */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
  readonly isOutOfMemory: boolean;
  /** True when it was killed because its time was over. */
  readonly isTimedOut?: boolean | undefined;
  readonly at: number;
}
