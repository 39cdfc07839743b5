import { type Fault, FaultError } from "@bedplate/errors";
import type { Route } from "@bedplate/routes";
import { readEvents } from "./event-stream.ts";

/** How a client reaches a server. */
export interface TransportOptions {
  /** For example `http://127.0.0.1:8080`. */
  readonly url: string;
  /** An API key. */
  readonly key?: string | undefined;
  /** Default: the global `fetch`; an embedded server gives its own. */
  readonly fetch?: ((request: Request) => Promise<Response>) | undefined;
  /** How often a call is repeated that may be repeated. Default: 2. */
  readonly retriesMax?: number | undefined;
}

/** What one call carries. */
export interface RequestOptions<Query = unknown, Body = unknown> {
  readonly params?: Readonly<Record<string, string>> | undefined;
  readonly query?: Query | undefined;
  readonly body?: Body | undefined;
  readonly idempotencyKey?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Sends what a route describes, and reads what it promises. */
export class Transport {
  readonly #options: TransportOptions;

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  /** The answer of a route with a JSON or byte answer; throws the server's fault. */
  async call<Q, B, A>(route: Route<Q, B, A>, options: RequestOptions<Q, B> = {}): Promise<A> {
    const { retriesMax = 2 } = this.#options;
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#once(route, options);
      } catch (error) {
        const isLast = attempt >= retriesMax || options.signal?.aborted === true;
        if (isLast || !mayRepeat(error, { route, options })) throw error;
        await pause(error, { attempt, signal: options.signal });
      }
    }
  }

  /** The events of a route that answers with a stream; ends when the server ends it. */
  async *events<Q, B, A>(
    route: Route<Q, B, A>,
    options: RequestOptions<Q, B> = {},
  ): AsyncGenerator<A, void, void> {
    const response = await this.#send(route, options);
    if (!response.ok || response.body === null) throw await readFault(response);
    for await (const data of readEvents(response.body)) {
      const value = JSON.parse(data) as { readonly fault?: Fault };
      if (value.fault !== undefined) throw new FaultError(value.fault);
      yield value as A;
    }
  }

  async #once<Q, B, A>(route: Route<Q, B, A>, options: RequestOptions<Q, B>): Promise<A> {
    const response = await this.#send(route, options);
    if (!response.ok) throw await readFault(response);
    if (route.answer.form === "none") return undefined as A;
    if (route.answer.form === "stream") return (response.body ?? new Blob([]).stream()) as A;
    if (route.answer.form === "bytes") return new Uint8Array(await response.arrayBuffer()) as A;
    return (await response.json()) as A;
  }

  #send<Q, B, A>(route: Route<Q, B, A>, options: RequestOptions<Q, B>): Promise<Response> {
    const { url, key, fetch = fetchWith(options.signal) } = this.#options;
    const headers = new Headers();
    if (key !== undefined) headers.set("authorization", `Bearer ${key}`);
    if (options.idempotencyKey !== undefined)
      headers.set("idempotency-key", options.idempotencyKey);
    const body = encodeBody(route, { body: options.body, headers });
    const { method } = route;
    const { signal } = options;
    const init = {
      method,
      headers,
      ...(body !== undefined && { body }),
      // A body that is sent as it comes cannot be answered before it has ended.
      ...(body instanceof ReadableStream && { duplex: "half" as const }),
      ...(signal && { signal }),
    };
    return fetch(new Request(urlOf(url, route, options), init));
  }
}

/**
 * Node holds the controller of a `Request` weakly (nodejs/undici, `lib/web/fetch/request.js`): once it is
 * collected, an abort no longer arrives. Given beside the request, the signal is held for as long as the call.
 */
function fetchWith(signal: AbortSignal | undefined): (request: Request) => Promise<Response> {
  return (request) => globalThis.fetch(request, signal && { signal });
}

function encodeBody(
  route: Route<never, never, never> | Route,
  options: { readonly body: unknown; readonly headers: Headers },
): string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>> | undefined {
  const { body, headers } = options;
  if (route.body.form === "bytes" || route.body.form === "stream") {
    headers.set("content-type", "application/octet-stream");
    return body as Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>>;
  }
  if (route.body.form !== "json") return undefined;
  headers.set("content-type", "application/json");
  return JSON.stringify(body ?? {});
}

function urlOf<Q, B, A>(base: string, route: Route<Q, B, A>, options: RequestOptions<Q, B>): URL {
  const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(options.params?.[name] ?? ""),
  );
  const url = new URL(path, base);
  for (const [name, value] of Object.entries(options.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url;
}

/** A read, or a keyed write, may be repeated where the fault says that it makes sense. */
function mayRepeat(
  error: unknown,
  call: { readonly route: { readonly method: string }; readonly options: RequestOptions },
): boolean {
  // What was sent of a stream cannot be sent again.
  if (call.options.body instanceof ReadableStream) return false;
  const isSafe = call.route.method === "GET" || call.options.idempotencyKey !== undefined;
  if (!(error instanceof FaultError)) return isSafe && error instanceof TypeError;
  const { retry, effect } = error.fault;
  if (retry !== "backoff" && retry !== "same") return false;
  return effect === "none" || isSafe;
}

/** Waits as long as the server asks for, or twice as long each time, with some chance. */
function pause(
  error: unknown,
  options: { readonly attempt: number; readonly signal: AbortSignal | undefined },
): Promise<void> {
  const { attempt, signal } = options;
  const asked = error instanceof FaultError ? error.fault.retryAfterMs : undefined;
  const ms = asked ?? 100 * 2 ** attempt * (0.5 + Math.random());
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

async function readFault(response: Response): Promise<Error> {
  const text = await response.text();
  try {
    const { fault } = JSON.parse(text) as { readonly fault: Fault };
    if (typeof fault.code === "string") return new FaultError(fault);
  } catch {
    // Not our server's answer: a proxy's page, say.
  }
  return new Error(`Cannot use the answer of the server: HTTP ${response.status}, no fault in it`);
}
