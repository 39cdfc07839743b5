import { createSocket } from "node:dgram";
import { createServer } from "node:net";

// Runs in a network name space of its own: a host of the world, and the resolver that knows its name.
const [address = "", name = "", port = ""] = process.argv.slice(2);
const answerTtlSeconds = 60;

process.stdin.resume().once("end", () => process.exit());

createServer((socket) => socket.on("error", () => {})).listen(Number(port), "0.0.0.0", () => {
  const names = createSocket("udp4");
  names.on("message", (query, from) => names.send(answerOf(query), from.port, from.address));
  names.bind(53, "0.0.0.0", () => process.stdout.write("ready\n"));
});

/** Every name below the known one's parent leads here; any other is not there. */
function answerOf(query: Buffer): Buffer {
  const asked = query.subarray(12, query.indexOf(0, 12) + 5);
  const isKnown = nameOf(query) === name && query.readUInt16BE(query.indexOf(0, 12) + 1) === 1;
  const header = Buffer.from(query.subarray(0, 12));
  header.writeUInt16BE(isKnown ? 0x8180 : 0x8183, 2);
  header.writeUInt16BE(isKnown ? 1 : 0, 6);
  header.writeUInt32BE(0, 8);
  if (!isKnown) return Buffer.concat([header, asked]);
  const record = Buffer.alloc(16);
  record.writeUInt16BE(0xc00c, 0);
  record.writeUInt32BE(0x0001_0001, 2);
  record.writeUInt32BE(answerTtlSeconds, 6);
  record.writeUInt16BE(4, 10);
  record.set(address.split(".").map(Number), 12);
  return Buffer.concat([header, asked, record]);
}

function nameOf(query: Buffer): string {
  const labels: string[] = [];
  for (let at = 12; (query[at] ?? 0) > 0; at += (query[at] ?? 0) + 1) {
    labels.push(query.toString("latin1", at + 1, at + 1 + (query[at] ?? 0)));
  }
  return labels.join(".");
}
