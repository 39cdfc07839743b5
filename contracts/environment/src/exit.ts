/** How a guest ended. `code` or `signal`, never both. */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
  readonly isOutOfMemory: boolean;
  readonly at: number;
}
