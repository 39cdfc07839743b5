import { lookup } from "node:dns";
import { type IncomingMessage, request as requestPlain } from "node:http";
import { request as requestSecure } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { addAbortSignal } from "node:stream";
import { raise } from "@bedplate/errors";
import { isPublicAddress } from "@bedplate/oci";
import type { WebhookAnswer, WebhookPost, WebhookTransport } from "@bedplate/webhooks";
import { serverVersion } from "../version.ts";
import type { WebhooksConfig } from "./webhooks-config.ts";

/** What is read of an answer's body, which nobody wants, and for how long; then the connection ends. */
const answerBytesMax = 16 * 1024;
const answerMsMax = 1_000;

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
    headers: {
      "user-agent": `bedplate/${serverVersion}`,
      "content-length": String(bytes.length),
      ...headers,
    },
    ...(config.reachesInside ? {} : { lookup: publicLookup }),
  });
  const { promise, resolve, reject } = Promise.withResolvers<WebhookAnswer>();
  // Until the head is there: what the endpoint goes on to say is no part of the attempt.
  const stop = () => request.destroy(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  request.on("error", reject);
  request.on("upgrade", (answer, socket) => {
    socket.destroy();
    resolve(answerOf(answer));
  });
  request.on("response", (answer) => {
    resolve(answerOf(answer));
    drain(answer);
  });
  // Without this an end that is neither an error nor an answer would be waited for without end.
  request.on("close", () => reject(new Error("the connection ended")));
  if (signal.aborted) stop();
  request.end(bytes);
  return promise.finally(() => signal.removeEventListener("abort", stop));
}

/** The head is the answer. */
function answerOf({ statusCode: status = 0, headers }: IncomingMessage): WebhookAnswer {
  const seconds = Number(headers["retry-after"] ?? Number.NaN);
  if (!Number.isInteger(seconds) || seconds < 0) return { status };
  return { status, retryAfterMs: seconds * 1_000 };
}

/** Reads on a little, so that an endpoint is not cut off while it speaks; how that ends is all the same. */
function drain(answer: IncomingMessage): void {
  let bytes = 0;
  addAbortSignal(AbortSignal.timeout(answerMsMax), answer);
  answer.on("error", () => {});
  answer.on("data", (part: Uint8Array) => {
    bytes += part.length;
    if (bytes > answerBytesMax) answer.destroy();
  });
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
