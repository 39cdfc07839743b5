import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { newCall, type ServeRequest } from "@bedplate/environment";
import { expect, it } from "vitest";
import { ServedPorts } from "../../src/facets/served-ports.ts";
import type { Machine } from "../../src/machine/machine.ts";
import type { EndpointRecord } from "../../src/machine/machine-record.ts";

const call = newCall({ principal: "test", timeoutMs: 30_000, key: "key" });

/** A machine that has nothing but a record of its ports, and never answers. */
function machineWith(before: readonly EndpointRecord[] = []) {
  let endpoints = before;
  const machine = {
    guest: { get: () => new Promise(() => {}) },
    note: (change: { readonly endpoints: readonly EndpointRecord[] }) => {
      endpoints = change.endpoints;
    },
    get record() {
      return { endpoints };
    },
  };
  return { machine: machine as unknown as Machine, endpoints: () => endpoints };
}

function portOf(port: number): ServeRequest {
  return { port, protocol: "http" };
}

function portIn(address: string): number {
  return Number(address.split(":")[1]);
}

async function connected(address: string): Promise<Socket> {
  const socket = connect(portIn(address), "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

it("opens one listener for those that ask at once", async () => {
  const { machine, endpoints } = machineWith();
  await using ports = new ServedPorts(machine);
  const asked = await Promise.all([ports.expose(portOf(80), call), ports.expose(portOf(80), call)]);
  expect(asked[0]).toEqual(asked[1]);
  expect(endpoints()).toHaveLength(1);
});

it("takes another address where somebody has that of an earlier life, and notes it", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const taken = other.address();
  const address = `127.0.0.1:${typeof taken === "object" ? taken?.port : 0}`;
  const { machine, endpoints } = machineWith([{ ...portOf(80), address }]);
  try {
    await using ports = new ServedPorts(machine);
    const endpoint = await ports.expose(portOf(80), call);
    expect(endpoint.address).not.toBe(address);
    expect(endpoints()).toEqual([endpoint]);
  } finally {
    other.close();
  }
});

it("serves 64 ports, and withdraws for another the one that is idle longest", async () => {
  const { machine, endpoints } = machineWith();
  await using ports = new ServedPorts(machine);
  const sockets: Socket[] = [];
  for (let port = 1; port <= 64; port += 1) {
    const { address } = await ports.expose(portOf(port), call);
    // Two are idle.
    if (port !== 7 && port !== 9) sockets.push(await connected(address));
  }
  await ports.expose(portOf(100), call);
  expect(endpoints().map(({ port }) => port)).not.toContain(7);
  expect(endpoints()).toHaveLength(64);
  for (const port of [9, 100]) {
    const found = endpoints().find((each) => each.port === port);
    sockets.push(await connected(found?.address ?? ""));
  }
  // A connection is known a moment after it was made.
  await new Promise((resolve) => setTimeout(resolve, 50));
  await expect(ports.expose(portOf(101), call)).rejects.toMatchObject({
    fault: { code: "quota.exceeded", detail: { meter: "ports", limit: 64 } },
  });
  for (const socket of sockets) socket.destroy();
});
