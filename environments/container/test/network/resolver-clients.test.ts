import { createSocket, type Socket } from "node:dgram";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Resolver, type ResolverClient } from "../../src/network/resolver.ts";

const policy = { rules: [{ action: "allow", domain: "example.org" }], otherwise: "deny" } as const;
const question = Buffer.from("076578616d706c65036f72670000010001", "hex");

describe("the clients of the resolver", () => {
  let opened: AsyncDisposableStack;
  let upstream: Socket;
  let resolver: Resolver;
  const clients = new Map<string, ResolverClient>();
  /** Ids of the questions that came to the upstream resolver, with a way to answer each. */
  const asked = new Map<number, () => void>();

  beforeEach(async () => {
    opened = new AsyncDisposableStack();
    upstream = await socketAt("127.0.0.1");
    upstream.on("message", (message, from) => {
      asked.set(message.readUInt16BE(0), () => upstream.send(answerTo(message), from.port));
    });
    const { port } = upstream.address();
    resolver = await Resolver.open({
      address: "127.0.0.1",
      upstream: { address: "127.0.0.1", port },
      clientOf: (address) => clients.get(address),
    });
    opened.use(resolver);
  });
  afterEach(async () => {
    clients.clear();
    asked.clear();
    await opened.disposeAsync();
  });

  async function socketAt(address: string): Promise<Socket> {
    const socket = createSocket("udp4");
    await new Promise<void>((resolve) => socket.bind({ address, port: 0 }, resolve));
    opened.defer(() => void socket.close());
    return socket;
  }

  function ask(socket: Socket, id: number): void {
    const head = Buffer.from("000001000001000000000000", "hex");
    head.writeUInt16BE(id);
    socket.send(Buffer.concat([head, question]), resolver.port, "127.0.0.1");
  }

  const came = (id: number) => vi.waitFor(() => expect([...asked.keys()]).toContain(id), 5_000);

  it("are given no address that was asked for under a policy that is over", async () => {
    const opens: string[] = [];
    const clientOf = (name: string) => ({ policy, open: async () => void opens.push(name) });
    const socket = await socketAt("127.0.0.2");
    const answers: number[] = [];
    socket.on("message", (message) => answers.push(message.readUInt16BE(0)));
    clients.set("127.0.0.2", clientOf("former"));
    ask(socket, 1);
    await came(1);
    clients.set("127.0.0.2", clientOf("present"));
    asked.get(1)?.();
    ask(socket, 2);
    await came(2);
    asked.get(2)?.();
    await vi.waitFor(() => expect(answers).toEqual([2]), 5_000);
    expect(opens).toEqual(["present"]);
  });

  it("leave each other room, however much one of them asks", async () => {
    for (const address of ["127.0.0.2", "127.0.0.3"])
      clients.set(address, { policy, open: async () => {} });
    const greedy = await socketAt("127.0.0.2");
    for (let id = 1; id <= 40; id += 1) ask(greedy, id);
    await came(32);
    ask(await socketAt("127.0.0.3"), 100);
    await came(100);
    expect(asked.size).toBe(33);
  });
});

/** The answer 192.0.2.1 to a question, as long as it holds for a minute. */
function answerTo(message: Buffer): Buffer {
  const answer = Buffer.concat([message, Buffer.from("c00c000100010000003c0004c0000201", "hex")]);
  answer.writeUInt16BE(0x8180, 2);
  answer.writeUInt16BE(1, 6);
  return answer;
}
