import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { MadeImage } from "./make-layout.ts";

/** How a registry of a test misbehaves. */
export interface Mischief {
  /** Asks for a token, and takes this one. */
  readonly token?: string;
  /** Asks for a name and a password. */
  readonly basic?: string;
  /** Breaks a blob off after so many bytes of each answer. */
  readonly cutAfter?: number;
  /** Answers ranges with the whole. */
  readonly ignoresRanges?: boolean;
  /** Changes what a blob or manifest says. */
  readonly alter?: (path: string, bytes: Uint8Array) => Uint8Array;
  /** Answers in another way; true where it did. */
  readonly instead?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

/** A registry on this host, with one image under `thing:1`. */
export interface RegistryServer extends AsyncDisposable {
  readonly url: string;
  readonly host: string;
  readonly requests: readonly string[];
}

/** Starts a registry. */
export async function startRegistry(
  image: MadeImage,
  mischief: Mischief = {},
): Promise<RegistryServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.url ?? ""} ${request.headers.range ?? ""}`.trim());
    if (mischief.instead?.(request, response) === true) return;
    serve(request, response, { image, mischief });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `http://${host}`,
    host,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Shelf {
  readonly image: MadeImage;
  readonly mischief: Mischief;
}

function serve(
  request: IncomingMessage,
  response: ServerResponse,
  { image, mischief }: Shelf,
): void {
  const url = new URL(request.url ?? "/", `http://${request.headers.host}`);
  if (url.pathname === "/token") {
    const isAsked = url.searchParams.get("scope") === "repository:thing:pull";
    response.end(JSON.stringify({ token: isAsked ? mischief.token : "wrong" }));
    return;
  }
  const [, kind = "", name = ""] =
    /^\/v2\/thing\/(manifests|blobs)\/(.+)$/.exec(url.pathname) ?? [];
  const wanted = wantedAuthorization(mischief);
  if (wanted !== undefined && request.headers.authorization !== wanted) {
    response.writeHead(401, { "www-authenticate": challengeOf(url, mischief) }).end();
    return;
  }
  const found = kind === "manifests" && name === "1" ? image.index : image.blobs.get(name);
  if (found === undefined) {
    response.writeHead(404).end();
    return;
  }
  const bytes = mischief.alter?.(url.pathname, found) ?? found;
  const type = kind === "blobs" ? "application/octet-stream" : typeOf(name);
  send(request, response, { bytes, type, mischief });
}

function typeOf(name: string): string {
  return name === "1"
    ? "application/vnd.oci.image.index.v1+json"
    : "application/vnd.oci.image.manifest.v1+json";
}

function wantedAuthorization({ token, basic }: Mischief): string | undefined {
  if (token !== undefined) return `Bearer ${token}`;
  return basic === undefined ? undefined : `Basic ${Buffer.from(basic).toString("base64")}`;
}

function challengeOf(url: URL, { basic }: Mischief): string {
  if (basic !== undefined) return 'Basic realm="here"';
  return `Bearer realm="${url.origin}/token",service="here",scope="repository:thing:pull"`;
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  answer: { readonly bytes: Uint8Array; readonly type: string; readonly mischief: Mischief },
): void {
  const { bytes, type, mischief } = answer;
  const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? "") ?? [];
  const isPart = from !== undefined && mischief.ignoresRanges !== true;
  const part = isPart ? bytes.subarray(Number(from)) : bytes;
  response.writeHead(isPart ? 206 : 200, { "content-type": type, "content-length": part.length });
  const { cutAfter } = mischief;
  if (
    cutAfter === undefined ||
    type.includes("manifest") ||
    type.includes("index") ||
    part.length <= cutAfter
  ) {
    response.end(part);
    return;
  }
  response.write(part.subarray(0, cutAfter), () => response.destroy());
}
