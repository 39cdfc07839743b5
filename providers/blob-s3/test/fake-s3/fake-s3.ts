import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { answerRequest, type FakeRequest } from "./fake-answers.ts";
import { FakeObjects, FakeRefusal } from "./fake-objects.ts";
import { checkSignature, type FakeAccount } from "./fake-signature.ts";

/** What the double does to one request instead of answering it well. */
export type FakeTrouble =
  | { readonly do: "refuse"; readonly status: number; readonly code: string }
  /** The connection ends before anything was done. */
  | { readonly do: "cut-before" }
  /** It is done, and the connection ends before the answer. */
  | { readonly do: "cut-after" }
  /** The answer ends after this many bytes of its body. */
  | { readonly do: "truncate"; readonly bytes: number }
  /** It is done after this time. */
  | { readonly do: "delay"; readonly ms: number }
  /** Something happens first. */
  | { readonly do: "first"; readonly work: () => void };

interface PlannedTrouble {
  readonly matches: (request: FakeRequest) => boolean;
  readonly trouble: FakeTrouble;
  times: number;
}

/**
 * A strict double of S3 in this process: signatures, checksums, conditions on every write, ranges,
 * uploads in parts. It is told when to behave badly.
 */
export class FakeS3 implements AsyncDisposable {
  readonly bucket: FakeObjects = new FakeObjects();
  /** What was asked, in its order: method and first word of the query. */
  readonly seen: FakeRequest[] = [];
  readonly account: FakeAccount = { accessKeyId: "double", secretAccessKey: "s/ecret+" };
  delayMs = 0;
  readonly #server: Server;
  #planned: PlannedTrouble[] = [];

  constructor() {
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        response.destroy(error instanceof Error ? error : undefined);
      });
    });
  }

  static async open(): Promise<FakeS3> {
    const fake = new FakeS3();
    await new Promise<void>((resolve) => fake.#server.listen(0, "127.0.0.1", () => resolve()));
    return fake;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The URL of a provider; `settings` are added to its query. */
  url(settings: Readonly<Record<string, string>> = {}): string {
    const { accessKeyId, secretAccessKey } = this.account;
    const query = new URLSearchParams({ endpoint: `http://127.0.0.1:${this.port}`, ...settings });
    return `s3://${accessKeyId}:${encodeURIComponent(secretAccessKey)}@bucket/prefix?${query}`;
  }

  /** Plans trouble for the next requests that match. */
  plan(
    matches: PlannedTrouble["matches"],
    trouble: FakeTrouble,
    options: { readonly times?: number } = {},
  ): void {
    this.#planned.push({ matches, trouble, times: options.times ?? 1 });
  }

  /** Forgets what was planned and what was seen. */
  calm(): void {
    this.#planned = [];
    this.seen.length = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readRequest(incoming);
    this.seen.push(request);
    const trouble = this.#take(request);
    if (this.delayMs > 0) await pause(this.delayMs);
    if (trouble?.do === "delay") await pause(trouble.ms);
    if (trouble?.do === "first") trouble.work();
    if (trouble?.do === "cut-before") return void incoming.socket.resetAndDestroy();
    try {
      if (trouble?.do === "refuse") throw new FakeRefusal(trouble.status, trouble.code);
      checkSignature(signedPart(incoming), this.account);
      checkPayload(request);
      const answer = answerRequest(this.bucket, request);
      if (trouble?.do === "cut-after") return void incoming.socket.resetAndDestroy();
      response.writeHead(answer.status, answer.headers);
      if (request.method === "HEAD") response.end();
      else if (trouble?.do === "truncate") truncate(response, answer.body, trouble.bytes);
      else response.end(answer.body);
    } catch (error) {
      if (!(error instanceof FakeRefusal)) throw error;
      response.writeHead(error.status, { "content-type": "application/xml" });
      response.end(request.method === "HEAD" ? undefined : errorText(error));
    }
  }

  #take(request: FakeRequest): FakeTrouble | undefined {
    const planned = this.#planned.find(({ times, matches }) => times > 0 && matches(request));
    if (planned === undefined) return undefined;
    planned.times--;
    return planned.trouble;
  }
}

/** True for requests that change objects. */
export function isWrite({ method }: FakeRequest): boolean {
  return method === "PUT" || method === "POST" || method === "DELETE";
}

async function readRequest(incoming: IncomingMessage): Promise<FakeRequest> {
  const { method = "", headers } = incoming;
  const [path = "", query = ""] = (incoming.url ?? "").split("?");
  const [, key = ""] = /^\/[^/]+\/?(.*)$/s.exec(decodeURIComponent(path)) ?? [];
  const body = Buffer.concat(await Array.fromAsync(incoming as AsyncIterable<Buffer>));
  return { method, key, query: new Map(pairs(query)), headers, body };
}

function signedPart(incoming: IncomingMessage): Parameters<typeof checkSignature>[0] {
  const [path = "", query = ""] = (incoming.url ?? "").split("?");
  return { method: incoming.method ?? "", path, query: pairs(query), headers: incoming.headers };
}

function pairs(query: string): readonly (readonly [string, string])[] {
  if (query === "") return [];
  return query.split("&").map((pair) => {
    const [name = "", value = ""] = pair.split("=").map(decodeURIComponent);
    return [name, value] as const;
  });
}

function checkPayload({ headers, body }: FakeRequest): void {
  const said = headers["x-amz-content-sha256"];
  const hash = createHash("sha256").update(body);
  if (
    typeof said === "string" &&
    /^[0-9a-f]{64}$/.test(said) &&
    hash.copy().digest("hex") !== said
  ) {
    throw new FakeRefusal(400, "XAmzContentSHA256Mismatch");
  }
  const checksum = headers["x-amz-checksum-sha256"];
  if (checksum !== undefined && hash.digest("base64") !== checksum) {
    throw new FakeRefusal(400, "BadDigest");
  }
}

function truncate(response: ServerResponse, body: Buffer, bytes: number): void {
  response.write(body.subarray(0, bytes), () => response.destroy());
}

function errorText({ code }: FakeRefusal): string {
  return `<?xml version="1.0"?><Error><Code>${code}</Code><Message>as planned</Message></Error>`;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
