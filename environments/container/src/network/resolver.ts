import { createSocket, type Socket } from "node:dgram";
import { readFileSync } from "node:fs";
import type { EgressPolicy } from "@bedplate/environment";
import {
  messageBytesMax,
  readAddresses,
  readQuestion,
  recordTypes,
  refusalOf,
} from "./dns-message.ts";
import { WaitingCount } from "./waiting-count.ts";

/** A client of the resolver, by its address. */
export interface ResolverClient {
  readonly policy: EgressPolicy;
  /** Opens the way to the addresses, before the answer is told. */
  open(
    rule: number,
    found: { readonly addresses: readonly string[]; readonly ttlSeconds: number },
  ): Promise<void>;
}

/** Most questions that wait at once, of all and of each client; one more is dropped, as a busy network would. */
const waitingMax = { overall: 1024, each: 32 } as const;

const answerTimeoutMs = 5000;
const ttlBounds = { min: 30, max: 3600 } as const;

/**
 * The resolver of machines: asks for names that a machine's policy lets through, and lets the
 * machine reach what they lead to. It tells no addresses but IPv4, since machines have no others.
 */
export class Resolver implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #upstream: { readonly address: string; readonly port: number };
  readonly #clientOf: (address: string) => ResolverClient | undefined;
  readonly #waiting = new WaitingCount(waitingMax);

  private constructor(socket: Socket, options: ResolverOptions) {
    this.#socket = socket;
    this.#upstream = options.upstream;
    this.#clientOf = options.clientOf;
    socket.on("message", (message, { address, port }) => {
      void this.#answer(message, address).then((answer) => {
        if (answer !== undefined) socket.send(answer, port, address, () => {});
      });
    });
    socket.on("error", () => {});
    socket.unref();
  }

  static async open(options: ResolverOptions): Promise<Resolver> {
    const socket = createSocket("udp4");
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.once("error", reject);
    socket.bind({ address: options.address, port: 0 }, () => resolve());
    await promise;
    return new Resolver(socket, options);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#socket.close(() => resolve());
    await promise;
  }

  async #answer(message: Buffer, address: string): Promise<Buffer | undefined> {
    const question = readQuestion(message);
    const client = this.#clientOf(address);
    if (question === undefined || client === undefined) return undefined;
    const rule = ruleFor(client.policy, question.name);
    if (rule === "deny" || question.type === recordTypes.aaaa) return refusalOf(message, question);
    using place = this.#waiting.enter(address);
    if (place === undefined) return undefined;
    try {
      return await this.#ask(message, { address, client, rule });
    } catch {
      return undefined;
    }
  }

  async #ask(
    message: Buffer,
    to: { address: string; client: ResolverClient; rule: number | "otherwise" },
  ): Promise<Buffer | undefined> {
    const answer = await askUpstream(message, this.#upstream);
    // Another policy, or another machine: the question was not asked under that.
    if (this.#clientOf(to.address) !== to.client) return undefined;
    const { addresses, ttlSeconds } = readAddresses(answer);
    if (to.rule !== "otherwise" && addresses.length > 0) {
      const ttl = Math.min(ttlBounds.max, Math.max(ttlBounds.min, ttlSeconds));
      await to.client.open(to.rule, { addresses, ttlSeconds: ttl });
    }
    return answer;
  }
}

export interface ResolverOptions {
  readonly address: string;
  readonly upstream: { readonly address: string; readonly port: number };
  clientOf(address: string): ResolverClient | undefined;
}

/** Which rule lets a name be asked for: the first that names it, or anything that names no domain. */
export function ruleFor(policy: EgressPolicy, name: string): number | "otherwise" | "deny" {
  for (const [index, { action, domain, cidr }] of policy.rules.entries()) {
    if (domain !== undefined && matchesName(domain, name))
      return action === "deny" ? "deny" : index;
    const isOpenToAll = domain === undefined && cidr === undefined && action === "allow";
    if (isOpenToAll) return "otherwise";
  }
  return policy.otherwise === "allow" ? "otherwise" : "deny";
}

/** True where the rule's domain is the name, or stands for all names below it. */
export function matchesName(domain: string, name: string): boolean {
  const wanted = domain.toLowerCase();
  return wanted.startsWith("*.") ? name.endsWith(wanted.slice(1)) : name === wanted;
}

/** The resolver that this host uses itself. */
export function hostResolver(): { readonly address: string; readonly port: number } {
  const line = readFileSync("/etc/resolv.conf", "utf8")
    .split("\n")
    .find((each) => /^nameserver\s+\d+\./.test(each));
  return { address: line?.split(/\s+/)[1] ?? "127.0.0.1", port: 53 };
}

// A socket of its own for each question: an answer can only be that question's.
async function askUpstream(
  message: Buffer,
  upstream: { readonly address: string; readonly port: number },
): Promise<Buffer> {
  const socket = createSocket("udp4");
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const timer = setTimeout(() => reject(new Error("the resolver did not answer")), answerTimeoutMs);
  socket.on("error", reject);
  socket.on("message", (answer, from) => {
    const isFrom = from.address === upstream.address && from.port === upstream.port;
    const isAnswer =
      answer.length >= 12 &&
      answer.length <= messageBytesMax &&
      answer.readUInt16BE(0) === message.readUInt16BE(0);
    if (isFrom && isAnswer) resolve(answer);
  });
  socket.send(message, upstream.port, upstream.address);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    socket.close();
  }
}
