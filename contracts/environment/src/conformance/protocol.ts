import { readGreeting, writeGreeting } from "../greeting.ts";
import { negotiate } from "../negotiation.ts";

/** How two sides come to an agreement; a mutant may bring its own. */
export interface Protocol {
  readonly negotiate: typeof negotiate;
  readonly readGreeting: typeof readGreeting;
  readonly writeGreeting: typeof writeGreeting;
}

/** The contract's own. */
export const contractProtocol: Protocol = { negotiate, readGreeting, writeGreeting };
