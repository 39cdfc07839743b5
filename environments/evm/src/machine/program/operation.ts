/** One instruction of tier 0. */
export interface Operation {
  readonly opcode: number;
  /** Constant gas, as text of the machine language; 0 for none, or where the body charges. */
  readonly gas: string | 0;
  /** Items that must be there. */
  readonly needs: number;
  /** By how many items the stack grows (or shrinks). */
  readonly grows: number;
  /** What it does; \`sp\` is as before. Without it, \`step\` is another step's name. */
  readonly body: string;
  /** Where the body ends in another step. */
  readonly isLast?: boolean;
  /** Bytes behind the opcode. */
  readonly immediate?: number;
}
