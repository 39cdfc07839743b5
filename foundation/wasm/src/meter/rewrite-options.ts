import { hash } from "node:crypto";
import { costTableVersion } from "../cost-table.ts";
import type { DecodeLimits } from "../decode-limits.ts";
import type { Feature } from "../feature.ts";

/** Version of the rewriting itself: the same options give the same bytes as long as it stays. */
export const rewriteVersion = 1;

/** What to add to a module, and what to refuse. */
export interface RewriteOptions {
  /** Charge fuel for each basic block. Default: true. */
  readonly fuel?: boolean | undefined;
  /** Count the depth of calls, weighted by frame size. Default: true. */
  readonly depth?: boolean | undefined;
  /** Give each NaN that an operation makes the same bits. Default: `keep`. */
  readonly nan?: "keep" | "canonical" | undefined;
  /** Greatest size of each own memory, in pages. */
  readonly memoryPagesMax?: number | undefined;
  /**
   * Ask a limit that the host sets per run before memories grow, so that one rewritten module serves
   * every limit. Default: false.
   */
  readonly guardGrowth?: boolean | undefined;
  /** Greatest size of each own table. */
  readonly tableElementsMax?: number | undefined;
  /** Features that a module must not use. */
  readonly refuse?: readonly Feature[] | undefined;
  /** Export memories, mutable globals and tables under reserved names. Default: false. */
  readonly exportState?: boolean | undefined;
  /** Mark written pages of 4 KiB in a byte map. Default: false. */
  readonly dirtyPages?: boolean | undefined;
  /** Where charges stand; `blocks` charges every basic block by itself. Default: `regions`. */
  readonly charging?: "regions" | "blocks" | undefined;
  /** Replaces single limits of decoding. */
  readonly limits?: Partial<DecodeLimits> | undefined;
}

/** The options with their defaults filled in. */
export interface RewriteSettings {
  readonly fuel: boolean;
  readonly depth: boolean;
  readonly nan: "keep" | "canonical";
  readonly memoryPagesMax: number | undefined;
  readonly guardGrowth: boolean;
  readonly tableElementsMax: number | undefined;
  readonly refuse: readonly Feature[];
  readonly exportState: boolean;
  readonly dirtyPages: boolean;
  readonly charging: "regions" | "blocks";
}

/** Fills in the defaults. */
export function settleOptions(options: RewriteOptions): RewriteSettings {
  return {
    fuel: options.fuel ?? true,
    depth: options.depth ?? true,
    nan: options.nan ?? "keep",
    memoryPagesMax: options.memoryPagesMax,
    guardGrowth: options.guardGrowth ?? false,
    tableElementsMax: options.tableElementsMax,
    refuse: [...(options.refuse ?? [])].sort(),
    exportState: options.exportState ?? false,
    dirtyPages: options.dirtyPages ?? false,
    charging: options.charging ?? "regions",
  };
}

/** A text that differs whenever the rewritten bytes may differ; caches use it beside the input. */
export function rewriteDigest(options: RewriteOptions): string {
  const settings = settleOptions(options);
  const text = JSON.stringify({ rewriteVersion, costTableVersion, ...settings });
  return hash("sha256", text, "hex");
}
