import type { Digest } from "@bedplate/codec";
import type { Budget } from "@bedplate/environment";

/** What a caller asks for; already parsed against the schema of its edge. */
export interface RunRequest {
  readonly project: string;
  readonly slot: string;
  /** An artifact that is stored already, or its bytes. */
  readonly artifact: Digest | Uint8Array;
  readonly artifactName?: string | undefined;
  /** Default: `main`. */
  readonly entry?: string | undefined;
  /** Raw bytes, or `encodeProgramInput`. */
  readonly input: Uint8Array;
  readonly config?: Readonly<Record<string, unknown>> | undefined;
  readonly budget?: Budget | undefined;
  /** 0 to 9, higher first. Default: 5. */
  readonly priority?: number | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** The same key and request answer with the same run; the key with another request is refused. */
  readonly idempotencyKey?: string | undefined;
  readonly trace?: string | undefined;
}

/** Priority of a run that asks for none. */
export const priorityDefault = 5;
