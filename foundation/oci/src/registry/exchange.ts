import { lookup } from "node:dns";
import { type IncomingMessage, request as requestPlain } from "node:http";
import { request as requestSecure } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { raise } from "@bedplate/errors";
import { isPublicAddress } from "./public-address.ts";

/** Where a request may go. */
export interface Reach {
  /** Whether addresses inside of the operator's own networks are reached, and HTTP without TLS. */
  readonly isInside: boolean;
}

/** How a request is sent. */
export interface ExchangeOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly reach: Reach;
  /** Longest silence, before the answer and within it. */
  readonly silenceMs: number;
  readonly signal: AbortSignal;
}

/** Sends a GET and gives the answer when its head is there; follows nothing. */
export function exchange(url: URL, options: ExchangeOptions): Promise<IncomingMessage> {
  const { headers, reach, silenceMs, signal } = options;
  checkTarget(url, reach);
  const send = url.protocol === "https:" ? requestSecure : requestPlain;
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const request = send(url, {
    headers: { "user-agent": "bedplate", ...headers },
    signal,
    timeout: silenceMs,
    ...(reach.isInside ? {} : { lookup: publicLookup }),
  });
  request.on("timeout", () => request.destroy(new Error(`silent for ${silenceMs} ms`)));
  request.on("response", resolve);
  request.on("error", (cause) => reject(signal.aborted ? signal.reason : unreached(url, cause)));
  request.end();
  return promise;
}

function checkTarget({ protocol, hostname }: URL, { isInside }: Reach): void {
  if (isInside && (protocol === "http:" || protocol === "https:")) return;
  if (protocol !== "https:") throw refused(hostname, "it is not reached over TLS");
  const host = hostname.replace(/^\[|\]$/g, "");
  if (isIP(host) !== 0 && !isPublicAddress(host))
    throw refused(hostname, "its address is not public");
}

/** Looks a name up, and lets no address through that is not public: a name may lead anywhere. */
const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, found) => {
    if (error !== null) return callback(error, "", 0);
    const addresses = found.filter(({ address }) => isPublicAddress(address));
    const [first] = addresses;
    if (first === undefined)
      return callback(
        refused(hostname, "its address is not public") as NodeJS.ErrnoException,
        "",
        0,
      );
    if (options.all === true) return callback(null, addresses);
    return callback(null, first.address, first.family);
  });
};

function refused(host: string, why: string): Error {
  return raise("permission.denied", {
    op: "image.pull",
    detail: { permission: `registry:${host}` },
    message: `Cannot reach ${host}: ${why}`,
  });
}

/** The fault of a registry that does not answer. */
export function unreached(url: URL, cause: unknown): Error {
  const known = (cause as { readonly fault?: unknown }).fault;
  if (known !== undefined) return cause as Error;
  const { code, message } = cause as NodeJS.ErrnoException;
  return raise("provider.unavailable", {
    op: "image.pull",
    detail: { provider: `registry ${url.host}` },
    message: `Cannot reach ${url.host}: ${code ?? message}`,
    cause,
  });
}

/** The bytes of an answer; rejects when there are more than `bytesMax`. */
export async function readAnswer(answer: IncomingMessage, bytesMax: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const part of answer as AsyncIterable<Uint8Array>) {
      bytes += part.length;
      if (bytes > bytesMax) throw tooLarge(bytesMax);
      parts.push(part);
    }
  } finally {
    answer.destroy();
  }
  return Buffer.concat(parts);
}

function tooLarge(limit: number): Error {
  return raise("quota.exceeded", {
    op: "image.pull",
    retry: "never",
    detail: { meter: "answerBytes", limit, asked: limit + 1 },
    message: `Cannot read the registry's answer: it has more than ${limit} bytes`,
  });
}
