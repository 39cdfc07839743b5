import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders } from "node:http";

/** What was posted to an endpoint. */
export interface Post {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly type: string;
  readonly subject: string;
}

/** An HTTP server on loopback that notes what is posted to it. */
export interface WebhookEndpoint extends AsyncDisposable {
  readonly url: string;
  readonly posts: readonly Post[];
  /** The status of the next answers. */
  status: number;
}

export async function openWebhookEndpoint(): Promise<WebhookEndpoint> {
  const posts: Post[] = [];
  const server = createServer((request, response) => {
    const parts: Uint8Array[] = [];
    request.on("data", (part: Uint8Array) => parts.push(part));
    request.on("end", () => {
      const body = Buffer.concat(parts).toString();
      const { type, data } = JSON.parse(body);
      posts.push({ headers: request.headers, body, type, subject: data.subject });
      response.writeHead(endpoint.status, { location: `${endpoint.url}/elsewhere` }).end("ok");
    });
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen({ host: "127.0.0.1", port: 0 }, resolve);
  await promise;
  const bound = server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : 0;
  const endpoint: WebhookEndpoint = {
    url: `http://127.0.0.1:${port}/hook`,
    posts,
    status: 200,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
  return endpoint;
}

/** As Standard Webhooks says that a receiver checks it. */
export function isSigned({ headers, body }: Post, secret: string): boolean {
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  const text = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
  const wanted = `v1,${createHmac("sha256", key).update(text).digest("base64")}`;
  return String(headers["webhook-signature"]).split(" ").includes(wanted);
}
