import type { ProcessEventView } from "@bedplate/routes";
import { expect, test } from "vitest";
import { Bedplate } from "../src/index.ts";

const process: ProcessEventView = {
  process: { id: "7", pid: 70, argv: ["/bin/sh"], startedAt: 0 },
};
const exit: ProcessEventView = {
  exit: { code: 0, signal: null, isOutOfMemory: false, at: 1 },
};
const says = (text: string, at: number): ProcessEventView => ({
  stream: "stdout",
  data: { text },
  at,
});

/** A client of a server that answers each request with the next of these; what it was asked for. */
function clientOf(answers: readonly (() => Response)[]): {
  readonly client: Bedplate;
  readonly asked: string[];
} {
  const asked: string[] = [];
  const rest = [...answers];
  const fetch = async ({ url }: Request) => {
    asked.push(new URL(url).search);
    const next = rest.shift();
    if (next === undefined) throw new Error("asked once more than expected");
    return next();
  };
  return { client: new Bedplate({ url: "http://server", key: "k", retriesMax: 0, fetch }), asked };
}

/** A stream that tells these, and ends there; or breaks there. */
function stream(events: readonly ProcessEventView[], options: { readonly breaks?: true } = {}) {
  return () => {
    const text = events.map((each) => `data: ${JSON.stringify(each)}\n\n`).join("");
    const pieces = text === "" ? [] : [new TextEncoder().encode(text)];
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          const piece = pieces.shift();
          if (piece !== undefined) controller.enqueue(piece);
          else if (options.breaks) controller.error(new TypeError("terminated"));
          else controller.close();
        },
      },
      // What was said has been read before the stream breaks.
      { highWaterMark: 0 },
    );
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  };
}

function refuses(): Response {
  throw new TypeError("fetch failed");
}

async function told(client: Bedplate, from?: number): Promise<readonly ProcessEventView[]> {
  const events: ProcessEventView[] = [];
  for await (const event of client.machines.processes("m").output("7", { from })) {
    events.push(event);
  }
  return events;
}

test.each([
  ["nobody answers", refuses],
  ["the connection breaks", stream([], { breaks: true })],
  ["the stream ends", stream([])],
])("a stream is taken up where %s before anything was told", async (_, first) => {
  const { client, asked } = clientOf([first, stream([process, says("ab", 3), exit])]);
  expect(await told(client, 3)).toEqual([process, says("ab", 3), exit]);
  expect(asked).toEqual(["?from=3", "?from=3"]);
});

test("a stream goes on at the byte where it broke, and tells its process once", async () => {
  const { client, asked } = clientOf([
    stream([process, says("ab", 0)], { breaks: true }),
    stream([process, says("c", 2), exit]),
  ]);
  expect(await told(client, 0)).toEqual([process, says("ab", 0), says("c", 2), exit]);
  expect(asked).toEqual(["?from=0", "?from=2"]);
});

test("a stream of what comes from now on does not begin anew with what was before", async () => {
  const { client, asked } = clientOf([
    stream([process], { breaks: true }),
    stream([process, says("z", 9), exit]),
  ]);
  expect(await told(client)).toEqual([process, says("z", 9), exit]);
  expect(asked).toEqual(["", ""]);
});
