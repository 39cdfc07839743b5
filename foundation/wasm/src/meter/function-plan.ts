import type { FunctionBody } from "../module.ts";

/** What scanning found out about one function, for the decisions that need the whole module. */
export interface FunctionPlan {
  readonly body: FunctionBody;
  /** Events of the function: from `eventsStart` to `eventsEnd` of the module's list. */
  readonly eventsStart: number;
  readonly eventsEnd: number;
  /** Regions of the function: from `regionsStart` (its entry) to `regionsEnd`. */
  readonly regionsStart: number;
  readonly regionsEnd: number;
  readonly hasTry: boolean;
  readonly hasLoop: boolean;
  readonly hasCalls: boolean;
  /** Calls through a table or a reference, tail calls and throws: nothing static is known of them. */
  readonly hasOpenCalls: boolean;
  readonly hasTailCall: boolean;
  readonly hasLengthCharge: boolean;
  /** A branch names the label of the function itself, so it leaves like `return`. */
  readonly branchesToEnd: boolean;
  /** Control can reach the end of the body. */
  readonly endIsReachable: boolean;
  /** Slots of the frame: parameters, locals and the highest operand stack. */
  readonly frameSlots: number;
  /** Number of parameters and locals. */
  readonly localsCount: number;
  /** Expected executions of charges, and of calls with returns, per execution of the function. */
  readonly chargeWeight: number;
  readonly callWeight: number;
}
