import { randomBytes } from "node:crypto";
import { awaitGuest, cancelOnAbort, type GuestCall, gather } from "./await-guest.ts";
import type { Connection } from "./connection.ts";
import type { Fields, FieldValue } from "./fields.ts";
import { streamOf } from "./inbox.ts";
import { tag } from "./wire-numbers.ts";

/** What a machine uses; counters since its start where the unit is time. */
export interface GuestMetrics {
  readonly realtimeMs: number;
  readonly uptimeMs: number;
  readonly cpuCount: number;
  readonly cpuUsedNs: number;
  readonly cpuIdleNs: number;
  readonly memoryTotalBytes: number;
  readonly memoryUsedBytes: number;
  readonly memoryCacheBytes: number;
  readonly diskTotalBytes: number;
  readonly diskUsedBytes: number;
  readonly inodesTotal: number;
  readonly inodesUsed: number;
  readonly processes: number;
  /** Of the agent itself. */
  readonly agentBytes: number;
}

/** What makes a copied machine one of its own. What is not given stays. */
export interface ReseedRequest {
  /** Milliseconds since 1970. */
  readonly realtimeMs?: number | undefined;
  readonly hostName?: string | undefined;
  /** 32 hex digits. */
  readonly machineId?: string | undefined;
}

export type ReseedPart = "entropy" | "clock" | "hostName" | "machineId";

export interface ListeningPort {
  readonly port: number;
  readonly uid: number;
  readonly family: 4 | 6;
  /** Whether it answers on the loopback, so that it can be forwarded. */
  readonly isReachable: boolean;
}

/** A connection into the machine; ending `writable` tells the other side, cancelling ends both. */
export interface ForwardedPort {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
}

const seedBytes = 64;

export async function readMetrics(
  connection: Connection,
  options: GuestCall & { readonly diskPath?: string | undefined },
): Promise<GuestMetrics> {
  const asked = { op: "guest.metrics", subject: "the machine" };
  const stream = connection.open("metrics", [[tag.path, options.diskPath]], asked);
  const fields = await awaitGuest(stream, stream.answer, options);
  const number = (of: number) => fields.number(of) ?? 0;
  return {
    realtimeMs: Number((fields.signed(tag.realtimeNs) ?? 0n) / 1_000_000n),
    uptimeMs: number(tag.uptimeMs),
    cpuCount: number(tag.cpuCount),
    cpuUsedNs: number(tag.cpuUsedNs),
    cpuIdleNs: number(tag.cpuIdleNs),
    memoryTotalBytes: number(tag.memoryTotal),
    memoryUsedBytes: number(tag.memoryUsed),
    memoryCacheBytes: number(tag.memoryCache),
    diskTotalBytes: number(tag.diskTotal),
    diskUsedBytes: number(tag.diskUsed),
    inodesTotal: number(tag.inodesTotal),
    inodesUsed: number(tag.inodesUsed),
    processes: number(tag.processCount),
    agentBytes: number(tag.agentBytes),
  };
}

/** Gives fresh entropy, and what else was asked for; tells the errno of each part, 0 for done. */
export async function reseed(
  connection: Connection,
  request: ReseedRequest,
  call: GuestCall,
): Promise<ReadonlyMap<ReseedPart, number>> {
  const { realtimeMs, hostName, machineId } = request;
  const fields: readonly (readonly [number, FieldValue])[] = [
    [tag.entropy, randomBytes(seedBytes)],
    [
      tag.realtimeNs,
      realtimeMs === undefined ? undefined : BigInt(Math.round(realtimeMs)) * 1_000_000n,
    ],
    [tag.hostName, hostName],
    [tag.machineId, machineId],
  ];
  const stream = connection.open("reseed", fields, { op: "guest.reseed", subject: "the machine" });
  const answer = await awaitGuest(stream, stream.answer, call);
  const parts: readonly (readonly [ReseedPart, number])[] = [
    ["entropy", tag.entropy],
    ["clock", tag.realtimeNs],
    ["hostName", tag.hostName],
    ["machineId", tag.machineId],
  ];
  return new Map(
    parts.flatMap(([part, of]) => {
      const errno = answer.number(of);
      return errno === undefined ? [] : [[part, errno] as const];
    }),
  );
}

/** Who listens on TCP ports of the machine. */
export async function listPorts(
  connection: Connection,
  call: GuestCall,
): Promise<readonly ListeningPort[]> {
  const stream = connection.open("ports", [], { op: "guest.ports", subject: "the machine" });
  const listed = gather(stream, { max: portsMax, read: readPort });
  return await awaitGuest(stream, listed, call);
}

function readPort(item: Fields): ListeningPort {
  return {
    port: item.needNumber(tag.port),
    uid: item.needNumber(tag.uid),
    family: item.number(tag.type) === 6 ? 6 : 4,
    isReachable: reachable.has(item.text(tag.address) ?? ""),
  };
}

const portsMax = 65_536;
/** 0.0.0.0, 127.0.0.1, :: and ::1, as the kernel writes them. */
const reachable: ReadonlySet<string> = new Set([
  "00000000",
  "0100007F",
  "00000000000000000000000000000000",
  "00000000000000000000000001000000",
]);

/** Connects with a TCP port on the machine's loopback, or with a socket at a path. */
export async function forward(
  connection: Connection,
  to: { readonly port: number } | { readonly path: string },
  call: GuestCall,
): Promise<ForwardedPort> {
  const isPort = "port" in to;
  const fields = [isPort ? ([tag.port, to.port] as const) : ([tag.path, to.path] as const)];
  const subject = isPort ? `port ${to.port}` : to.path;
  const stream = connection.open("forward", fields, { op: "guest.forward", subject });
  await awaitGuest(stream, stream.answer, call);
  cancelOnAbort(stream, call.signal);
  const output = streamOf(stream.output).getReader();
  return {
    readable: new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          const { done, value } = await output.read();
          if (done) controller.close();
          else controller.enqueue(value);
        },
        cancel: (reason) => stream.cancel(reason),
      },
      { highWaterMark: 0 },
    ),
    writable: new WritableStream<Uint8Array>({
      write: (chunk) => stream.write(chunk),
      close: () => stream.endInput(),
      abort: (reason) => stream.cancel(reason),
    }),
  };
}

/** Ends the machine: programs get the grace, then are killed. Resolves when none is left. */
export async function shutDown(
  connection: Connection,
  options: GuestCall & { readonly graceMs: number },
): Promise<void> {
  const asked = { op: "guest.shutdown", subject: "the machine" };
  const stream = connection.open("shutdown", [[tag.graceMs, options.graceMs]], asked);
  await awaitGuest(stream, stream.end, options);
}
