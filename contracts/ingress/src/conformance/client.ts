import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import { request as requestTls, Agent as TlsAgent } from "node:https";
import { connect, type Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";
import type { Endpoint } from "../route-spec.ts";
import { host as hostDefault } from "./ingress-case.ts";

/** How a client speaks TLS. */
export interface Trust {
  /** The certificates that it trusts, as PEM texts. */
  readonly ca: readonly string[];
  /** What it names at the handshake. Default: the host that it asks. */
  readonly name?: string | undefined;
  /** Default: as new as can be. */
  readonly versionMax?: "TLSv1.2" | undefined;
}

/** What a client asks for. */
export interface Question {
  /** Asks over TLS. */
  readonly trust?: Trust | undefined;
  readonly host?: string | undefined;
  readonly path?: string | undefined;
  readonly method?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | Uint8Array | undefined;
  readonly agent?: Agent | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What it was answered. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The fault that the data plane names. */
  readonly fault: string | undefined;
  readonly body: Buffer;
}

/** The longest that a client of a case waits. */
const clientMs = 15_000;

/** Asks and reads the whole answer. */
export async function ask(at: Endpoint, question: Question = {}): Promise<Answer> {
  const answer = await askHead(at, question);
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  const { headers, statusCode = 0 } = answer;
  const fault = headers["x-fault"];
  return {
    status: statusCode,
    headers,
    fault: typeof fault === "string" ? fault : undefined,
    body: Buffer.concat(chunks),
  };
}

/** Asks and answers when the head of the answer is there. */
export function askHead(at: Endpoint, question: Question = {}): Promise<IncomingMessage> {
  const { host = hostDefault, path = "/", method = "GET", body, headers, agent, trust } = question;
  const late = AbortSignal.timeout(clientMs);
  const signal = question.signal ? AbortSignal.any([question.signal, late]) : late;
  return new Promise((resolve, reject) => {
    const asked = {
      host: at.host,
      port: at.port,
      path,
      method,
      agent: agent ?? false,
      headers: { host, ...headers },
      signal,
    };
    const asking = trust ? requestTls({ ...asked, ...tlsOf(host, trust) }) : request(asked);
    asking.once("response", (answer) => {
      // Who reads the answer gets the error; who does not read it does not want it.
      answer.on("error", () => {});
      resolve(answer);
    });
    asking.once("error", reject);
    asking.end(body);
  });
}

/** How a client meets a host at the handshake: it checks its certificate. */
export function tlsOf(host: string, { ca, name, versionMax }: Trust): ConnectionOptions {
  const servername = name ?? host;
  return { servername, ca: [...ca], ...(versionMax && { maxVersion: versionMax }) };
}

/** Sends bytes as they are, and answers everything that comes until the data plane hangs up. */
export function sendRaw(at: Endpoint, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(at.port, at.host);
    let text = "";
    const timer = setTimeout(() => socket.destroy(new Error("Nobody hung up")), clientMs);
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
    });
    socket.on("error", (error) => (text === "" ? reject(error) : resolve(text)));
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(text);
    });
    socket.write(bytes);
  });
}

/** A raw connection, opened. */
export function dial(at: Endpoint): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(at.port, at.host, () => resolve(socket));
    socket.setNoDelay(true);
    socket.once("error", reject);
  });
}

/** Reads from a connection until a text is there; answers all of it. */
export function readUntil(socket: Socket, wanted: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const timer = setTimeout(
      () => reject(new Error(`Waited for ${wanted}, got ${text}`)),
      clientMs,
    );
    const end = (settle: () => void) => {
      clearTimeout(timer);
      socket.off("data", onData);
      settle();
    };
    const onData = (chunk: Buffer) => {
      text += chunk.toString("latin1");
      if (text.includes(wanted)) end(() => resolve(text));
    };
    socket.on("data", onData);
    socket.once("close", () => end(() => reject(new Error(`Closed after ${text}`))));
  });
}

/** Clients that ask again and again, each a request that can be recognised. */
export interface Hammering extends AsyncDisposable {
  /** Ends it, and answers what each request came to: a status, or the name of an error. */
  stop(): Promise<ReadonlyMap<string, number | string>>;
}

/** The header by which a backend knows a request again. */
export const idHeader = "x-request-id";

/** Keeps some clients asking, over connections that are kept unless each request needs one. */
export function hammer(
  at: Endpoint,
  question: Question = {},
  options: { readonly keepAlive?: boolean | undefined } = {},
): Hammering {
  const connections = { keepAlive: options.keepAlive ?? true, maxSockets: 4 };
  // Sessions that are taken up again show no certificate.
  const agent = question.trust
    ? new TlsAgent({ ...connections, maxCachedSessions: 0 })
    : new Agent(connections);
  const results = new Map<string, number | string>();
  let isOver = false;
  const client = async (number: number) => {
    for (let i = 0; !isOver; i++) {
      const id = `${number}-${i}`;
      const headers = { ...question.headers, [idHeader]: id };
      const asked = ask(at, { ...question, agent, headers });
      results.set(id, await asked.then(({ status }) => status, errorName));
      await pause(5);
    }
  };
  const clients = [0, 1, 2, 3].map(client);
  const stop = async () => {
    isOver = true;
    await Promise.all(clients);
    agent.destroy();
    return results;
  };
  return { stop, [Symbol.asyncDispose]: async () => void (await stop()) };
}

/** Waits in real time. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Waits until something is so. */
export async function until(what: string, check: () => boolean | Promise<boolean>): Promise<void> {
  const untilMs = performance.now() + clientMs;
  while (!(await check())) {
    if (performance.now() > untilMs) throw new Error(`Waited in vain: ${what}`);
    await pause(10);
  }
}

function errorName(error: unknown): string {
  return String((error as NodeJS.ErrnoException).code ?? error);
}
