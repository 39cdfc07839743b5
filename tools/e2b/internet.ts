/**
 * What of the internet the suite asks for, in a name space of its own: names, three sites, and a load
 * balancer that leads back to the server. It says one line when it stands.
 */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer as createSite } from "node:https";
import { connect, createServer } from "node:net";

interface Wish {
  readonly here: string;
  readonly there: string;
  readonly balancer: string;
  readonly domain: string;
  readonly cert: string;
  readonly key: string;
}

const wish: Wish = JSON.parse(process.argv[2] ?? "{}");
const tlsPort = 443;
/** What a site answers, by its address. */
const sites: Readonly<Record<string, number>> = {
  "1.1.1.1": 301,
  "8.8.8.8": 302,
  [wish.there]: 204,
};

await Promise.all([...Object.entries(sites).map(serveSite), serveBalancer(), serveNames()]);
process.stdout.write("ready\n");

async function serveSite([address, status]: readonly [string, number]): Promise<void> {
  const pair = { cert: readFileSync(wish.cert), key: readFileSync(wish.key) };
  const server = createSite(pair, (_request, response) => {
    response.writeHead(status, { location: "/elsewhere" }).end();
  });
  server.listen(tlsPort, address);
  await once(server, "listening");
}

async function serveBalancer(): Promise<void> {
  const server = createServer((client) => {
    const upstream = connect(tlsPort, wish.here);
    client.pipe(upstream).pipe(client);
    client.once("error", () => upstream.destroy());
    upstream.once("error", () => client.destroy());
    client.once("close", () => upstream.destroy());
    upstream.once("close", () => client.destroy());
  });
  server.listen(tlsPort, wish.balancer);
  await once(server, "listening");
}

async function serveNames(): Promise<void> {
  const socket = createSocket("udp4");
  socket.on("message", (question, from) => {
    const answer = answerOf(question);
    if (answer !== undefined) socket.send(answer, from.port, from.address);
  });
  socket.bind(53, wish.there);
  await once(socket, "listening");
}

const headBytes = 12;
const typeA = 1;

/** Names of sandboxes lead to the balancer, all others to the site; of other kinds there is nothing. */
function answerOf(question: Buffer): Buffer | undefined {
  const labels: string[] = [];
  let at = headBytes;
  for (let size = question[at] ?? 0; size > 0; size = question[at] ?? 0) {
    labels.push(question.toString("latin1", at + 1, at + 1 + size));
    at += 1 + size;
  }
  const end = at + 5;
  if (end > question.length) return undefined;
  const name = labels.join(".").toLowerCase();
  const address = name.endsWith(`.${wish.domain}`) ? wish.balancer : wish.there;
  const hasAnswer = question.readUInt16BE(at + 1) === typeA;
  const head = Buffer.from(question.subarray(0, end));
  head.writeUInt16BE(0x8180, 2);
  head.writeUInt16BE(hasAnswer ? 1 : 0, 6);
  head.fill(0, 8, headBytes);
  if (!hasAnswer) return head;
  // A pointer to the name of the question, A, IN, a minute, four bytes.
  const record = Buffer.from("c00c00010001" + "0000003c" + "0004", "hex");
  return Buffer.concat([head, record, Buffer.from(address.split(".").map(Number))]);
}
