import type { KeyedCall } from "../call.ts";
import type { CapName, Caps } from "../caps.ts";

/** Changing the bounds of a running machine. */
export interface ResizeParams {
  /** The caps that can be changed; any other is refused. */
  readonly live: readonly CapName[];
}

export interface ResizeDriver {
  /**
   * Changes the caps that are named, all or none, and answers what holds afterwards, all caps. One
   * below what is in use is `resource.busy`, without effect.
   */
  resize(to: Caps, call: KeyedCall): Promise<Caps>;
}
