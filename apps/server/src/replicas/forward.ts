import { raise } from "@bedplate/errors";
import { Bedplate } from "@bedplate/sdk";

/** Marks a request that another replica passed on, so that it goes no further. */
const forwardedHeader = "x-bedplate-forwarded";
/** What a replica passes on of a request; the rest belongs to its own connection. */
const passedHeaders = [
  "authorization",
  "accept",
  "content-type",
  "idempotency-key",
  "traceparent",
] as const;

export function isForwarded(request: Request): boolean {
  return request.headers.has(forwardedHeader);
}

/** A client of another replica that asks with the key of a request, and goes no further than there. */
export function replicaClient(request: Request, url: string): Bedplate {
  const [, key] = (request.headers.get("authorization") ?? "").split(" ");
  const { signal } = request;
  return new Bedplate({
    url,
    key,
    retriesMax: 0,
    fetch: (asked) => {
      asked.headers.set(forwardedHeader, "1");
      return fetch(asked, { signal });
    },
  });
}

/** Lets another replica answer a request that was not read yet, with the caller's own key. */
export async function forward(request: Request, replicaUrl: string): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const headers = new Headers({ [forwardedHeader]: "1" });
  for (const name of passedHeaders) {
    const value = request.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  try {
    const { method, signal, body: asked } = request;
    const url = new URL(`${pathname}${search}`, replicaUrl);
    const sent = asked === null ? {} : { body: asked, duplex: "half" as const };
    const answer = await fetch(url, { method, headers, signal, ...sent });
    const { body, status, headers: answered } = answer;
    if (body === null) return new Response(null, { status });
    const type = answered.get("content-type") ?? "application/octet-stream";
    return new Response(body, {
      status,
      headers: { "content-type": type, "cache-control": "no-store" },
    });
  } catch (cause) {
    if (request.signal.aborted) throw cause;
    throw raise("provider.unavailable", {
      op: "http.forward",
      detail: { provider: "replica" },
      message: "Cannot reach the replica that has the run or the machine: it does not answer",
      cause,
    });
  }
}
