import { join } from "node:path";
import { Bedplate } from "@bedplate/sdk";
import { silentLog } from "@bedplate/telemetry";
import { openScratchFolder, startPostgres } from "@bedplate/testkit";
import { describeWithEngines } from "@bedplate/testkit/vitest";
import { expect, test } from "vitest";
import { checkConfig, listen, openServer } from "../src/index.ts";

const slot = "fake-machine";

describeWithEngines("two servers with one state", ["postgres"], () => {
  test("each reaches the machines of the other, with streams in both directions", async () => {
    await using postgres = await startPostgres();
    using scratch = openScratchFolder();
    await using one = await openReplica("one", { folder: scratch.path, state: postgres.url });
    await using two = await openReplica("two", { folder: scratch.path, state: postgres.url });
    const { id, node } = await one.client.machines.create({ waitMs: 10_000 });
    // The other server has another node, and the same key opens both.
    const other = new Bedplate({ url: two.url, key: one.key, retriesMax: 0 });
    expect((await other.machines.create({ waitMs: 10_000 })).node).not.toBe(node);
    const processes = other.machines.processes(id);
    const copy = ["do", JSON.stringify([{ do: "copy" }])];
    expect(await processes.exec(copy, { stdin: "over" })).toMatchObject({ stdout: "over" });
    const bytes = new Uint8Array(200_000).fill(7);
    await other.machines.files(id).write("/tmp/far", new Blob([bytes]).stream());
    const [entry] = await one.client.machines.files(id).list("/tmp/far", { depth: 0 });
    expect(entry?.bytes).toBe(bytes.length);
    expect((await other.machines.pause(id, { waitMs: 10_000 })).state).toBe("paused");
    expect((await one.client.machines.get(id)).state).toBe("paused");
    expect((await other.machines.delete(id, { waitMs: 10_000 })).state).toBe("deleted");
  });
});

async function openReplica(
  name: string,
  options: { readonly folder: string; readonly state: string },
): Promise<
  AsyncDisposable & { readonly client: Bedplate; readonly url: string; readonly key: string }
> {
  const { folder, state } = options;
  const config = checkConfig({
    data: `file:${join(folder, name)}`,
    providers: { state, queue: state, blob: `file:${join(folder, "blobs")}` },
    environments: { [slot]: { isEnabled: true } },
    machines: { slot },
  });
  const server = await openServer(config, { slots: [slot], log: silentLog });
  const listening = await listen(server, { host: "127.0.0.1", port: 0 });
  const { url } = listening;
  await server.announce(url);
  const key = server.adminKey;
  return {
    url,
    key,
    client: new Bedplate({ url, key, retriesMax: 0 }),
    [Symbol.asyncDispose]: async () => {
      await listening[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}
