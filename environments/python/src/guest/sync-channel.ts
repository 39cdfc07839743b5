import { readSync, writeSync } from "node:fs";
import {
  decodeFrame,
  decodePrefix,
  encodeFrameHead,
  type Frame,
  joinBytes,
  prefixBytes,
} from "../channel/frame.ts";
import type { Answer, LoadOrder } from "../channel/messages.ts";

/** Bodies up to this size go out together with their head: one call to the system instead of two. */
const joinedBytesMax = 65_536;

/** The descriptor that the host hands to a guest process. */
export const channelDescriptor = 3;

/**
 * The guest process's side of the channel. It blocks: a guest process does one thing at a time,
 * and while it computes nothing else in it has to run.
 */
export class SyncChannel {
  /** The next frame; undefined when the host has closed its end. */
  read(): Frame | undefined {
    const prefix = readExactly(prefixBytes);
    if (prefix === undefined) return undefined;
    const { total, header } = decodePrefix(prefix);
    const bytes = readExactly(total);
    return bytes && decodeFrame(bytes, header);
  }

  /** Sends an answer; throws when the host is gone. */
  send(answer: Answer, body: Uint8Array = new Uint8Array(0)): void {
    const head = encodeFrameHead(answer, body.length);
    if (body.length <= joinedBytesMax) {
      writeAll(joinBytes([head, body]));
    } else {
      writeAll(head);
      writeAll(body);
    }
  }

  /** Sends a finished engine, as the order that loads it. */
  sendLoad(order: LoadOrder, body: Uint8Array): void {
    writeAll(encodeFrameHead(order, body.length));
    writeAll(body);
  }
}

function readExactly(count: number): Uint8Array | undefined {
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count; ) {
    const read = readSync(channelDescriptor, bytes, at, count - at, null);
    if (read === 0) return undefined;
    at += read;
  }
  return bytes;
}

function writeAll(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    at += writeSync(channelDescriptor, bytes, at, bytes.length - at);
  }
}
