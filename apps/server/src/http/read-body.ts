import { raise } from "@bedplate/errors";
import { jsonBytesMax, type Route } from "@bedplate/routes";

/** Reads and checks a request's body as its route says. */
export async function readBody(
  request: Request,
  options: { readonly route: Route; readonly bytesMax?: number | undefined },
): Promise<unknown> {
  const { route, bytesMax = jsonBytesMax } = options;
  if (route.body.form === "none") return undefined;
  if (route.body.form === "stream") return request.body ?? emptyStream();
  const limit = route.body.form === "bytes" ? route.body.bytesMax : bytesMax;
  const bytes = await readBytes(request, limit);
  if (route.body.form === "bytes") return bytes;
  if (route.body.form !== "json") return undefined;
  const value = parseJson(bytes);
  return route.body.schema.parse(value, { what: "the request body", op: route.id });
}

function emptyStream(): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => controller.close() });
}

/** Reads a body of at most `limit` bytes; more is refused as soon as it shows. */
async function readBytes(request: Request, limit: number): Promise<Uint8Array> {
  const announced = Number(request.headers.get("content-length") ?? 0);
  if (announced > limit) throw tooLong(limit, announced);
  // A body whose length was announced is no longer than that: it comes without a stream around it.
  if (announced > 0) return checkedLength(new Uint8Array(await request.arrayBuffer()), limit);
  if (request.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > limit) throw tooLong(limit, length);
    chunks.push(chunk);
  }
  const [first] = chunks;
  return chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
}

/** A caller in this process may announce what it likes. */
function checkedLength(bytes: Uint8Array, limit: number): Uint8Array {
  if (bytes.length > limit) throw tooLong(limit, bytes.length);
  return bytes;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw raise("argument.invalid", {
      op: "http.read",
      detail: { path: "", rule: "JSON in UTF-8" },
      message: "Cannot read the request body: it is no JSON in UTF-8",
      cause,
    });
  }
}

function tooLong(limit: number, asked: number): Error {
  return raise("quota.exceeded", {
    op: "http.read",
    retry: "never",
    detail: { meter: "bodyBytes", limit, asked },
    message: `Cannot read the request body: it has more than ${limit} bytes`,
  });
}
