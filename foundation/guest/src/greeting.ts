import { Fields, packFields } from "./fields.ts";
import type { Frame } from "./frame-decoder.ts";
import { packFrame } from "./frame-writer.ts";
import { corrupt, faultOfCode } from "./guest-fault.ts";
import {
  creditMax,
  dataBytesMax,
  frameKind,
  headerBytes,
  magic,
  nonceBytes,
  protocolVersion,
  streamsMax,
  tag,
} from "./wire-numbers.ts";

/** What an agent says of itself. */
export interface Welcome {
  /** Names one life of the agent, 32 hex digits: processes are known only within it. */
  readonly instance: string;
  readonly features: readonly string[];
  readonly inputWindowBytes: number;
  readonly streamsMax: number;
}

/** The first bytes to a guest. `isShared`: what an earlier connection left unfinished is ended first. */
export function packHello(options: {
  readonly token: Uint8Array | undefined;
  readonly nonce: Uint8Array;
  readonly isShared: boolean;
}): Uint8Array {
  const { token, nonce, isShared } = options;
  const fields = packFields([
    [tag.versionMin, protocolVersion],
    [tag.versionMax, protocolVersion],
    [tag.token, token],
    [tag.nonce, nonce],
  ]);
  const frame = packFrame({ kind: frameKind.hello }, concat(magic, fields));
  return isShared ? concat(new Uint8Array(headerBytes + dataBytesMax), frame) : frame;
}

/** Reads the answer to a HELLO; throws what kept the guest from welcoming us. */
export function readWelcome(frame: Frame, nonce: Uint8Array): Welcome {
  if (frame.kind === frameKind.bye) throw byeFault(frame.body);
  if (frame.kind !== frameKind.welcome || frame.stream !== 0) throw corrupt("its first frame");
  if (!isSame(frame.body.subarray(0, magic.length), magic)) throw corrupt("its first frame");
  const fields = Fields.read(frame.body.subarray(magic.length));
  if (fields.number(tag.version) !== protocolVersion) throw corrupt("its version");
  if (!isSame(fields.bytes(tag.nonce), nonce)) throw corrupt("its echo of our nonce");
  const instance = fields.bytes(tag.instance);
  if (instance?.length !== nonceBytes) throw corrupt("its name");
  return {
    instance: Buffer.from(instance).toString("hex"),
    features: fields.texts(tag.feature).slice(0, 64),
    inputWindowBytes: Math.min(fields.needNumber(tag.window), creditMax),
    streamsMax: Math.min(fields.needNumber(tag.streamsMax), streamsMax),
  };
}

/** Why the guest ended the connection. */
export function byeFault(body: Uint8Array): Error {
  const code = Fields.read(body).number(tag.code) ?? 0;
  return faultOfCode(code, { op: "guest.connect", subject: "the guest" });
}

function isSame(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && Buffer.compare(a, b) === 0;
}

function concat(first: Uint8Array, second: Uint8Array): Uint8Array {
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}
