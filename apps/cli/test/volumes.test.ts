import { chmodSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readHostFacts } from "@bedplate/environment-container";
import { Bedplate } from "@bedplate/sdk";
import { eventually, openScratchFolder } from "@bedplate/testkit";
import { listAsLeftOut } from "@bedplate/testkit/vitest";
import { describe, expect, test } from "vitest";
import { bedplate, up } from "./bedplate.ts";

const { missing } = await readHostFacts();
const name = "volumes of containers";
const longMs = 480_000;

/** Nothing here needs another environment, and each takes its time. */
const others = ["wasm", "javascript", "python", "evm-compiled", "evm-reference", "gvisor"];

/** A server that has containers only, with all of it in one folder. */
function openServer(folder: string): ReturnType<typeof up> {
  // Machines' own users pass through.
  chmodSync(folder, 0o711);
  const path = join(folder, "config.json");
  const places = { stateFolder: join(folder, "state"), dataFolder: join(folder, "disks") };
  const off = Object.fromEntries(others.map((each) => [each, { isEnabled: false }]));
  const environments = { ...off, container: { config: places } };
  writeFileSync(path, JSON.stringify({ environments }));
  return up(join(folder, "data"), ["--config", path]);
}

/** The images of volumes below a folder. */
function imagesIn(folder: string): readonly string[] {
  const all = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return all.filter((each) => /volumes\/[^/]+\/v[^/]*\.img$/.test(each));
}

describe(name, () => {
  if (missing.length > 0) return void listAsLeftOut(name, missing.join("; "));

  test("outlive machines and servers, hold what was said of them, and are erased", {
    timeout: longMs,
  }, async () => {
    using folder = openScratchFolder();
    const data = join(folder.path, "data");
    const ask = (line: string, script?: string) =>
      bedplate([...line.split(" "), ...(script === undefined ? [] : ["/bin/sh", "-c", script])], {
        data,
      });
    const made = async (line: string) => {
      const { code, stdout, stderr } = await ask(line);
      expect({ code, stderr }).toMatchObject({ code: 0 });
      return stdout.trim();
    };
    let server = await openServer(folder.path);
    try {
      expect(await made("volume create kept --size 32m")).toBe("kept");
      const writer = await made("machine create --volume kept:/data");
      const written = await ask(`machine exec ${writer} --`, "echo text > /data/file && id -u");
      expect(written).toMatchObject({ code: 0, stdout: "1000\n" });
      const full = await ask(
        `machine exec ${writer} --`,
        "dd if=/dev/zero of=/data/big bs=1M count=64 2>&1",
      );
      expect(full.stdout).toContain("No space left on device");
      const second = await ask("machine create --volume kept:/data");
      expect(second.code).not.toBe(0);
      expect(second.stderr).toContain(`machine/${writer} has it until it is deleted`);
      const early = await ask("volume rm kept");
      expect(early.code).not.toBe(0);
      expect(early.stderr).toContain("resource.busy");

      // Killed, and there again: the machine goes on, and has its volume.
      server.child.kill("SIGKILL");
      await server.finished;
      server = await openServer(folder.path);
      expect(
        await ask(`machine exec ${writer} --`, "cat /data/file && rm /data/big"),
      ).toMatchObject({
        code: 0,
        stdout: "text\n",
      });
      expect((await ask("machine create --volume kept:/data:ro")).code).not.toBe(0);
      await made(`machine rm ${writer}`);

      const readers = [
        await made("machine create --volume kept:/srv/kept:ro --root"),
        await made("machine create --volume kept:/srv/kept:ro"),
      ];
      for (const reader of readers) {
        const tried = await ask(
          `machine exec ${reader} --`,
          "cat /srv/kept/file; echo x > /srv/kept/file",
        );
        expect(tried).toMatchObject({ stdout: "text\n" });
        expect(tried.stderr).toContain("Read-only file system");
      }
      const shown = JSON.parse(await made("volume get kept"));
      expect(shown.machines.map(({ machine }: { machine: string }) => machine)).toEqual(readers);
      expect(await made("volume ls")).toContain(`${readers[0]}:ro`);
      await made(`machine rm ${readers.join(" ")}`);

      const images = imagesIn(folder.path);
      expect(images).toHaveLength(1);
      await made("volume rm kept");
      expect(imagesIn(folder.path)).toEqual([]);
      expect((await ask("volume get kept")).code).toBe(66);
      const client = new Bedplate({ url: server.url, key: server.key });
      const { events } = await client.events.list({ kinds: ["volume"], limit: 50 });
      const kinds = events.map(({ kind }) => kind.slice("volume.".length));
      expect(kinds[0]).toBe("created");
      expect(kinds.slice(-2)).toEqual(["deleted", "erased"]);
      expect(kinds.filter((each) => each === "mounted")).toHaveLength(3);
    } finally {
      await server[Symbol.asyncDispose]();
    }
  });

  test("that were being made when the server was killed are there, and those being erased are gone", {
    timeout: longMs,
  }, async () => {
    using folder = openScratchFolder();
    let server = await openServer(folder.path);
    try {
      for (let at = 0; at < 2; at++) {
        const client = new Bedplate({ url: server.url, key: server.key });
        await client.volumes.create({ name: `v${at}`, bytes: 16 * 2 ** 20 });
        const volumes = [{ name: `v${at}`, path: "/data" }];
        // It is killed while the volume is made, mounted, or the machine started.
        const { id } = await client.machines.create({ volumes });
        await new Promise((resolve) => setTimeout(resolve, at * 40));
        server.child.kill("SIGKILL");
        await server.finished;
        server = await openServer(folder.path);
        const next = new Bedplate({ url: server.url, key: server.key });
        expect(await next.machines.get(id, { waitMs: 30_000 })).toMatchObject({ state: "running" });
        await next.machines.delete(id, { waitMs: 30_000 });
        void next.volumes.delete(`v${at}`).catch(() => {});
        await new Promise((resolve) => setTimeout(resolve, at * 5));
        server.child.kill("SIGKILL");
        await server.finished;
        server = await openServer(folder.path);
        const last = new Bedplate({ url: server.url, key: server.key });
        // Whether the wish was heard is not known; said again, it is as it was wanted.
        await last.volumes.delete(`v${at}`).catch(() => {});
        await eventually("it is erased", () => imagesIn(folder.path).length === 0, {
          timeoutMs: 30_000,
        });
        expect((await last.volumes.list()).volumes).toEqual([]);
      }
    } finally {
      await server[Symbol.asyncDispose]();
    }
  });
});
