/** A question for a name, as it came. */
export interface DnsQuestion {
  readonly id: number;
  /** In lower case, without a dot at the end. */
  readonly name: string;
  readonly type: number;
  /** Where the question section ends. */
  readonly end: number;
}

/** What an answer says of addresses. */
export interface DnsAddresses {
  readonly addresses: readonly string[];
  /** The shortest of them. */
  readonly ttlSeconds: number;
}

export const recordTypes = { a: 1, aaaa: 28 } as const;

/** Largest message that we read or pass on: what DNS over UDP carries with its extensions. */
export const messageBytesMax = 4096;

const headerBytes = 12;
const labelsMax = 128;
const refused = 5;

/** Reads a query with exactly one question; undefined for anything else. */
export function readQuestion(message: Buffer): DnsQuestion | undefined {
  if (message.length < headerBytes || message.length > messageBytesMax) return undefined;
  const flags = message.readUInt16BE(2);
  const isQuery = (flags & 0x8000) === 0 && (flags & 0x7800) === 0;
  if (!isQuery || message.readUInt16BE(4) !== 1) return undefined;
  const name = readName(message, headerBytes);
  if (name === undefined || name.end + 4 > message.length) return undefined;
  return {
    id: message.readUInt16BE(0),
    name: name.text,
    type: message.readUInt16BE(name.end),
    end: name.end + 4,
  };
}

/** The same question, answered by a refusal. */
export function refusalOf(message: Buffer, { end }: DnsQuestion): Buffer {
  const answer = Buffer.from(message.subarray(0, end));
  answer.writeUInt16BE(0x8180 | refused, 2);
  for (const at of [6, 8, 10]) answer.writeUInt16BE(0, at);
  return answer;
}

/** The IPv4 addresses of an answer; what cannot be read ends it. */
export function readAddresses(message: Buffer): DnsAddresses {
  const addresses: string[] = [];
  let ttlSeconds = Number.POSITIVE_INFINITY;
  for (const { type, ttl, data } of records(message)) {
    if (type !== recordTypes.a || data.length !== 4) continue;
    addresses.push(data.join("."));
    ttlSeconds = Math.min(ttlSeconds, ttl);
  }
  return { addresses, ttlSeconds };
}

function* records(message: Buffer): Generator<{ type: number; ttl: number; data: Buffer }> {
  if (message.length < headerBytes) return;
  let at = headerBytes;
  for (let left = message.readUInt16BE(4); left > 0; left -= 1) {
    const name = readName(message, at);
    if (name === undefined) return;
    at = name.end + 4;
  }
  for (let left = message.readUInt16BE(6); left > 0; left -= 1) {
    const name = readName(message, at);
    if (name === undefined || name.end + 10 > message.length) return;
    const dataAt = name.end + 10;
    at = dataAt + message.readUInt16BE(name.end + 8);
    if (at > message.length) return;
    const ttl = message.readUInt32BE(name.end + 4);
    yield { type: message.readUInt16BE(name.end), ttl, data: message.subarray(dataAt, at) };
  }
}

// Names point back into the message; each pointer must lead further to the front.
function readName(message: Buffer, from: number): { text: string; end: number } | undefined {
  const labels: string[] = [];
  let at = from;
  let end: number | undefined;
  while (labels.length < labelsMax) {
    const length = message[at];
    if (length === undefined) return undefined;
    if (length === 0) return { text: labels.join(".").toLowerCase(), end: end ?? at + 1 };
    if (length >= 0xc0) {
      const low = message[at + 1];
      const target = low === undefined ? undefined : ((length & 0x3f) << 8) | low;
      if (target === undefined || target >= at) return undefined;
      end ??= at + 2;
      at = target;
    } else {
      if (length > 63 || at + 1 + length > message.length) return undefined;
      labels.push(message.toString("latin1", at + 1, at + 1 + length));
      at += 1 + length;
    }
  }
  return undefined;
}
