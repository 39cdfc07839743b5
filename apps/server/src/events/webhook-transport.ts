import { lookup } from "node:dns";
import { type IncomingMessage, request as requestPlain } from "node:http";
import { request as requestSecure } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { raise } from "@bedplate/errors";
import { isPublicAddress } from "@bedplate/oci";
import type { WebhookAnswer, WebhookPost, WebhookTransport } from "@bedplate/webhooks";
import { serverVersion } from "../version.ts";
import type { WebhooksConfig } from "./webhooks-config.ts";

/** What is read of an answer's body, which nobody wants; a longer one ends the connection. */
const answerBytesMax = 16 * 1024;

/**
 * Posts to endpoints. A name is looked up once for each connection, and the connection goes to what was
 * found and allowed, so that a name cannot lead elsewhere in between. Redirects are answers like others.
 */
export function webhookTransport(config: WebhooksConfig): WebhookTransport {
  const check = (text: string) => void checkedUrl(text, config);
  return { check, post: (post) => send(post, config) };
}

function send(post: WebhookPost, config: WebhooksConfig): Promise<WebhookAnswer> {
  const { headers, body, signal } = post;
  const url = checkedUrl(post.url, config);
  const bytes = Buffer.from(body);
  const request = (url.protocol === "https:" ? requestSecure : requestPlain)(url, {
    method: "POST",
    agent: false,
    signal,
    headers: {
      "user-agent": `bedplate/${serverVersion}`,
      "content-length": String(bytes.length),
      ...headers,
    },
    ...(config.reachesInside ? {} : { lookup: publicLookup }),
  });
  const { promise, resolve, reject } = Promise.withResolvers<WebhookAnswer>();
  request.on("error", reject);
  request.on("response", (answer) => void readAnswer(answer).then(resolve, reject));
  request.end(bytes);
  return promise;
}

/** The head is the answer; the body is read so far that an endpoint is not cut off while it speaks. */
async function readAnswer(answer: IncomingMessage): Promise<WebhookAnswer> {
  let bytes = 0;
  try {
    for await (const part of answer as AsyncIterable<Uint8Array>) {
      bytes += part.length;
      if (bytes > answerBytesMax) break;
    }
  } finally {
    answer.destroy();
  }
  const status = answer.statusCode ?? 0;
  const seconds = Number(answer.headers["retry-after"] ?? Number.NaN);
  if (!Number.isInteger(seconds) || seconds < 0) return { status };
  return { status, retryAfterMs: seconds * 1_000 };
}

function checkedUrl(text: string, { reachesInside }: WebhooksConfig): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw odd("must be a URL");
  if (url.username !== "" || url.password !== "") throw odd("must not hold credentials");
  if (url.protocol !== "https:" && url.protocol !== "http:") throw odd("must be of https");
  if (reachesInside) return url;
  if (url.protocol !== "https:") throw odd("must be of https");
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (isIP(host) !== 0 && !isPublicAddress(host)) throw notPublic(host);
  return url;
}

/** Lets no address through that is not public: a name may lead anywhere. */
const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, found) => {
    if (error !== null) return callback(error, "", 0);
    const addresses = found.filter(({ address }) => isPublicAddress(address));
    const [first] = addresses;
    if (first === undefined) return callback(notPublic(hostname) as NodeJS.ErrnoException, "", 0);
    if (options.all === true) return callback(null, addresses);
    return callback(null, first.address, first.family);
  });
};

function odd(rule: string): Error {
  return raise("argument.invalid", {
    op: "webhooks.create",
    detail: { path: "/url", rule },
    message: `Cannot use the URL of a webhook: it ${rule}`,
  });
}

function notPublic(host: string): Error {
  return raise("argument.invalid", {
    op: "webhooks.create",
    detail: { path: "/url", rule: "must lead to a public address" },
    message: `Cannot reach ${host}: its address is not public, and webhooks.reachesInside is not set`,
  });
}
