import { MessageChannel, type MessagePort } from "node:worker_threads";
import fc from "fast-check";
import { expect, test } from "vitest";
import { newCall } from "../../src/index.ts";
import {
  type Channel,
  messageDepthMax,
  openPortChannel,
  openRequestsMax,
  streamWindowItems,
} from "../../src/wire/index.ts";
import { packMessage } from "../../src/wire/pack-message.ts";

const call = (signal?: AbortSignal) => newCall({ principal: "p", timeoutMs: 5_000, signal });

interface Ends extends Disposable {
  readonly near: Channel;
  readonly far: Channel;
}

function openPair(): Ends {
  const { port1, port2 } = new MessageChannel();
  const [near, far] = [openPortChannel(port1), openPortChannel(port2)];
  return { near, far, [Symbol.dispose]: () => near.close() };
}

function openRaw(): { readonly near: Channel; readonly port: MessagePort } {
  const { port1, port2 } = new MessageChannel();
  return { near: openPortChannel(port1), port: port2 };
}

async function* nothing(): AsyncGenerator<unknown> {}

test("a view of a part of a buffer crosses without the rest of the buffer", () => {
  const whole = new Uint8Array([1, 2, 3, 4]);
  const packed = packMessage({ a: [whole.subarray(1, 3)], b: whole }) as {
    readonly a: readonly Uint8Array[];
    readonly b: Uint8Array;
  };
  expect(packed.a[0]).toEqual(new Uint8Array([2, 3]));
  expect(packed.a[0]?.buffer.byteLength).toBe(2);
  expect(packed.b).toBe(whole);
  const shared = new Uint8Array(new SharedArrayBuffer(4));
  expect((packMessage(shared) as Uint8Array).buffer).toBeInstanceOf(ArrayBuffer);
});

test("the limit of a message's bytes is exact", () => {
  expect(packMessage(new Uint8Array(100), 100)).toHaveLength(100);
  expect(() => packMessage(new Uint8Array(101), 100)).toThrow(/more than 100 bytes/);
});

test("a message that is too deep or holds a function is refused", () => {
  const nest = (depth: number) => {
    let value: unknown = 1;
    for (let i = 0; i < depth; i++) value = [value];
    return value;
  };
  expect(() => packMessage(nest(messageDepthMax))).not.toThrow();
  expect(() => packMessage(nest(messageDepthMax + 1))).toThrow(/nested deeper/);
  expect(() => packMessage({ work: () => 1 })).toThrow(/holds a function/);
});

test("one request more than may be open is refused, and effect is none", async () => {
  using ends = openPair();
  const { near, far } = ends;
  const held: (() => void)[] = [];
  const request = () => new Promise((resolve) => held.push(() => resolve("done")));
  far.serve({ request, stream: nothing });
  const asked = Array.from({ length: openRequestsMax }, () =>
    near.request("x", {}, { call: call() }),
  );
  await expect(near.request("x", {}, { call: call() })).rejects.toMatchObject({
    fault: { code: "quota.exceeded", effect: "none", detail: { limit: openRequestsMax } },
  });
  while (held.length < openRequestsMax) await new Promise((resolve) => setImmediate(resolve));
  for (const each of held) each();
  expect(new Set(await Promise.all(asked))).toEqual(new Set(["done"]));
});

test("a stream runs ahead of its consumer by its window and no more", async () => {
  using ends = openPair();
  const { near, far } = ends;
  let made = 0;
  far.serve({
    request: async () => undefined,
    async *stream() {
      for (;;) yield made++;
    },
  });
  const items = near.stream("x", {}, { call: call() })[Symbol.asyncIterator]();
  expect(await items.next()).toEqual({ done: false, value: 0 });
  for (let i = 0; i < 200; i++) await new Promise((resolve) => setImmediate(resolve));
  // One item waits in the generator's hand.
  expect(made).toBeLessThanOrEqual(streamWindowItems + 1);
  expect(made).toBeGreaterThan(streamWindowItems / 2);
  await items.return?.();
});

test("a stream whose consumer's signal aborts fails with the reason", async () => {
  using ends = openPair();
  const { near, far } = ends;
  const ended = Promise.withResolvers<void>();
  far.serve({
    request: async () => undefined,
    async *stream(_, __, context) {
      context.call.signal.addEventListener("abort", () => ended.resolve());
      yield 1;
      await new Promise(() => {});
    },
  });
  const controller = new AbortController();
  const reason = new Error("enough");
  const seen: unknown[] = [];
  const reading = (async () => {
    for await (const item of near.stream("x", {}, { call: call(controller.signal) })) {
      seen.push(item);
      controller.abort(reason);
    }
  })();
  await expect(reading).rejects.toBe(reason);
  expect(seen).toEqual([1]);
  await ended.promise;
});

test("requests wait until somebody serves", async () => {
  using ends = openPair();
  const { near, far } = ends;
  const asked = near.request("x", 1, { call: call() });
  await new Promise((resolve) => setImmediate(resolve));
  far.serve({ request: async (_, message) => [message], stream: nothing });
  expect(await asked).toEqual([1]);
});

test("closing fails what is open at both ends", async () => {
  const { near, far } = openPair();
  far.serve({ request: () => new Promise(() => {}), stream: nothing });
  const asked = near.request("x", {}, { call: call() });
  far.close();
  await expect(asked).rejects.toMatchObject({ fault: { code: "plugin.crashed" } });
  await near.closed;
});

test("anything that is no frame breaks the channel, and nothing else", async () => {
  const junk = fc.anything().filter((each) => typeof each !== "function");
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        junk,
        fc.record({
          is: fc.constantFrom("answer", "item", "fault", "end", "notice"),
          id: fc.integer(),
        }),
      ),
      async (value) => {
        const { near, port } = openRaw();
        near.serve({ request: async () => 1, stream: nothing });
        try {
          port.postMessage(value);
        } catch {
          near.close();
        }
        await near.closed;
        await expect(near.request("x", {}, { call: call() })).rejects.toMatchObject({
          fault: { code: "plugin.crashed" },
        });
      },
    ),
    { numRuns: 200 },
  );
});

test("notices that follow one another closely travel together, in order, before the answer", async () => {
  const { port1, port2 } = new MessageChannel();
  let messages = 0;
  port2.on("message", () => {
    messages += 1;
  });
  const [near, far] = [openPortChannel(port2), openPortChannel(port1)];
  far.serve({
    async request(_operation, _message, { notify }) {
      for (let i = 0; i < 1_000; i++) notify(i);
      return "done";
    },
    stream: nothing,
  });
  const heard: unknown[] = [];
  const onNotice = (notice: unknown) => heard.push(notice);
  expect(await near.request("Run", {}, { call: call(), onNotice })).toBe("done");
  expect(heard).toEqual(Array.from({ length: 1_000 }, (_, i) => i));
  expect(messages).toBeLessThan(500);
  near.close();
});

test("a notice that nothing follows is heard while the request goes on", async () => {
  const { near, far } = openPair();
  const end = Promise.withResolvers<void>();
  far.serve({
    async request(_operation, _message, { notify }) {
      notify("first");
      notify("second");
      await end.promise;
    },
    stream: nothing,
  });
  const onNotice = (notice: unknown) => {
    if (notice === "second") end.resolve();
  };
  await near.request("Run", {}, { call: call(), onNotice });
  near.close();
});
