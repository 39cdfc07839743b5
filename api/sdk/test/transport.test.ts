import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { Bedplate } from "../src/index.ts";

interface Rig extends AsyncDisposable {
  readonly url: string;
  /** Ends once a request has come. */
  readonly asked: Promise<void>;
  /** Ends once a caller has gone. */
  readonly left: Promise<void>;
}

/** A server that takes requests and answers none. */
async function openSilentServer(): Promise<Rig> {
  const asked = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  const server: Server = createServer((_request, response) => {
    asked.resolve();
    response.on("close", () => left.resolve());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked: asked.promise,
    left: left.promise,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The collector, which this process was not started with. */
function exposeGc(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}

test("an abort ends a call that has outlived collections", async () => {
  await using server = await openSilentServer();
  const gc = exposeGc();
  const stop = new AbortController();
  const client = new Bedplate({ url: server.url, key: "k", retriesMax: 0 });
  const call = client.runs.get("run_1", { signal: stop.signal });
  const refused = expect(call).rejects.toThrow("enough");
  await server.asked;
  // What only a weak reference holds is gone after this.
  for (let round = 0; round < 5; round++) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  stop.abort(new Error("enough"));
  await refused;
  await server.left;
});

test("an abort ends the pause before a call is repeated", async () => {
  const stop = new AbortController();
  let calls = 0;
  const fetch = async () => {
    calls++;
    setTimeout(() => stop.abort(new Error("enough")), 5);
    const fault = {
      ...{ code: "quota.exceeded", kind: "exhausted", effect: "none", retry: "backoff" },
      ...{ blame: "caller", op: "runs.get", detail: {}, message: "Cannot", causes: [] },
      retryAfterMs: 3_600_000,
    };
    return Response.json({ fault }, { status: 429 });
  };
  const client = new Bedplate({ url: "http://none", fetch });
  await expect(client.runs.get("run_1", { signal: stop.signal })).rejects.toThrow("enough");
  expect(calls).toBe(1);
});
