import { type Fault, httpStatusOf, toFault } from "@bedplate/errors";
import type { Route } from "@bedplate/routes";

/** How often a silent stream says that it lives; below what proxies allow a silent connection. */
const keepAliveMs = 15_000;

/** The answer of a handler in the form that the route promises. */
export async function answerOf(
  route: Route,
  answer: Promise<unknown> | AsyncIterable<unknown>,
): Promise<Response> {
  if (route.answer.form === "events") return streamOf(answer as AsyncIterable<unknown>);
  const value = await (answer as Promise<unknown>);
  if (route.answer.form === "none") return new Response(null, { status: route.status });
  if (route.answer.form === "bytes" || route.answer.form === "stream") {
    const headers = { "content-type": "application/octet-stream" };
    const body = value as Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;
    return new Response(body, { status: route.status, headers });
  }
  return Response.json(value, { status: route.status });
}

/** A fault as an answer; the body is `{ fault }`. */
export function answerFault(thrown: unknown, op: string): Response {
  const fault = visibleFault(toFault(thrown, op));
  const status = statusOf(fault);
  const headers = new Headers();
  if (fault.retryAfterMs !== undefined) {
    headers.set("retry-after", String(Math.ceil(fault.retryAfterMs / 1000)));
  }
  return Response.json({ fault }, { status, headers });
}

/** A body that is too long has a status of its own in HTTP. */
function statusOf(fault: Fault): number {
  if (fault.detail["meter"] === "bodyBytes") return 413;
  return httpStatusOf[fault.kind];
}

/** The inside of a bug stays inside: its text may hold anything. */
function visibleFault(fault: Fault): Fault {
  if (fault.code !== "internal.bug") return fault;
  return { ...fault, message: "Cannot finish the request: a fault inside the server", causes: [] };
}

/** Server-sent events; a fault in the middle is the last event. */
function streamOf(events: AsyncIterable<unknown>): Response {
  const encoder = new TextEncoder();
  const iterator = events[Symbol.asyncIterator]();
  let timer: ReturnType<typeof setInterval> | undefined;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(encoder.encode(":\n\n"));
      timer = setInterval(() => controller.enqueue(encoder.encode(":\n\n")), keepAliveMs);
    },
    async pull(controller) {
      const next = await nextEvent(iterator);
      if (next.text !== undefined) controller.enqueue(encoder.encode(next.text));
      if (!next.isLast) return;
      clearInterval(timer);
      controller.close();
    },
    async cancel() {
      clearInterval(timer);
      await iterator.return?.(undefined);
    },
  });
  const headers = { "content-type": "text/event-stream", "cache-control": "no-store" };
  return new Response(body, { headers });
}

async function nextEvent(
  iterator: AsyncIterator<unknown>,
): Promise<{ readonly text?: string; readonly isLast: boolean }> {
  try {
    const { value, done } = await iterator.next();
    if (done === true) return { isLast: true };
    return { text: `data: ${JSON.stringify(value)}\n\n`, isLast: false };
  } catch (error) {
    const fault = visibleFault(toFault(error, "http.stream"));
    return { text: `data: ${JSON.stringify({ fault })}\n\n`, isLast: true };
  }
}
