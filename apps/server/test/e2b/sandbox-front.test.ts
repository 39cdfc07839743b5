import { createServer, request as openRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { createLog } from "@bedplate/telemetry";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { SandboxFront } from "../../src/e2b/sandbox-front.ts";

const locks = { accessToken: "entry", trafficToken: "pass" };

describe("the door of a sandbox that sleeps", () => {
  const opened = new AsyncDisposableStack();
  const woken: string[] = [];
  let port: number;

  beforeAll(async () => {
    const log = createLog({ write: () => {}, now: Date.now, level: "error" });
    const gate = {
      look: async (id: string) => (id === "m1" ? { ...locks, isRunning: false } : undefined),
      reach: async (id: string) => void woken.push(id) as undefined,
      findSigned: async () => undefined,
    };
    const front = opened.use(new SandboxFront({ gate, control: () => {}, log }));
    const server = createServer((request, response) => void front.answer(request, response));
    server.on("upgrade", (request, socket, head) => void front.upgrade(request, socket, head));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    opened.defer(() => void server.close());
    opened.defer(() => server.closeAllConnections());
    ({ port } = server.address() as AddressInfo);
  });
  afterAll(() => opened.disposeAsync());
  beforeEach(() => void woken.splice(0));

  async function ask(
    target: number,
    options: { readonly path?: string; readonly headers?: Record<string, string> } = {},
  ): Promise<number | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
    const headers = { host: `${target}-m1.sandbox.test`, ...options.headers };
    openRequest({ port, path: options.path ?? "/", headers })
      .once("response", (answer) => resolve(answer.resume().statusCode))
      .once("error", reject)
      .end();
    return promise;
  }

  it.each([
    ["its own port", 49_983, { path: "/envs" }, 401],
    ["its files", 49_983, { path: "/files?path=a" }, 401],
    ["its files with a made-up signature", 49_983, { path: "/files?path=a&signature=v1_x" }, 401],
    ["a port of its programs", 8080, {}, 403],
    ["its interpreter", 49_999, {}, 403],
    ["an upgrade", 8080, { headers: { connection: "upgrade", upgrade: "websocket" } }, 403],
    ["its health", 49_983, { path: "/health" }, 502],
  ])("is not opened for %s to who shows no token", async (_, target, options, status) => {
    expect(await ask(target, options)).toBe(status);
    expect(woken).toEqual([]);
  });

  it.each([
    ["its own port", 49_983, { path: "/envs", headers: { "x-access-token": "entry" } }],
    ["its health", 49_983, { path: "/health", headers: { "x-access-token": "entry" } }],
    ["a port", 8080, { headers: { "e2b-traffic-access-token": "pass" } }],
  ])("wakes it for %s and its token", async (_, target, options) => {
    await ask(target, options);
    expect(woken).toEqual(["m1"]);
  });
});
