import { eventBounds, type GuestEvent, type Invocation } from "@bedplate/environment";
import type { Log, LogBounds } from "../engine.ts";
import { hexOfBytes } from "../transition/bytes.ts";
import { outputBytesMax } from "./manifest.ts";

/** A log as an event: the topic is the address and the log's topics, the data is the log's. */
export function eventOf({ address, topics, data }: Log): GuestEvent {
  const texts = [address, ...topics].map((each) => `0x${hexOfBytes(each)}`);
  return { topic: ["log", ...texts].join("/"), data };
}

/** How much the logs of a run may be. */
export function logBoundsOf({ budget }: Invocation): LogBounds {
  return { bytesMax: outputMaxOf({ budget }), countMax: eventBounds.eventsMax };
}

/** Most bytes of logs and output. */
export function outputMaxOf({ budget }: Pick<Invocation, "budget">): number {
  return Math.min(budget.outputBytes ?? outputBytesMax, outputBytesMax);
}
