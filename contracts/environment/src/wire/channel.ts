import type { FaultError } from "@bedplate/errors";
import type { Call } from "../call.ts";

/** Most bytes of one message: its texts and byte strings. */
export const messageBytesMax: number = 64 * 1024 * 1024;

/** Most requests and streams that one side may have open. */
export const openRequestsMax = 1024;

/** Items that a stream's consumer allows the other side to send ahead of it. */
export const streamWindowItems = 64;

/** How a message is nested at most. */
export const messageDepthMax = 64;

/**
 * Carries messages both ways between a host and a plug-in. It knows nothing of what they mean;
 * `request` and `stream` ask, what was given to `serve` answers. Faults cross as data and are
 * thrown again as they were.
 */
export interface Channel {
  /**
   * Asks for one answer. Aborting the call's signal rejects with its reason at once and tells the
   * other side. A broken channel rejects with `plugin.crashed`.
   */
  request(operation: string, message: unknown, options: RequestOptions): Promise<unknown>;
  /** Asks for many answers; leaving the loop ends the work on the other side. */
  stream(operation: string, message: unknown, options: RequestOptions): AsyncIterable<unknown>;
  /** Says who answers; until then requests from the other side wait. */
  serve(server: ChannelServer): void;
  /** Breaks the channel: whatever is open fails with `reason`. Closing twice does nothing. */
  close(reason?: FaultError | undefined): void;
  /** Resolves when the channel is closed, whoever closed it. */
  readonly closed: Promise<void>;
}

export interface RequestOptions {
  readonly call: Call;
  /** Receives what comes before the one answer, in order. */
  readonly onNotice?: ((notice: unknown) => void) | undefined;
}

/** Answers what the other side asks. */
export interface ChannelServer {
  request(operation: string, message: unknown, context: ServeContext): Promise<unknown>;
  stream(operation: string, message: unknown, context: ServeContext): AsyncIterable<unknown>;
}

export interface ServeContext {
  /** Its signal aborts when the asker gave up or the channel broke. */
  readonly call: Call;
  /** Sends something before the one answer; at once, even from within synchronous work. */
  notify(notice: unknown): void;
}
