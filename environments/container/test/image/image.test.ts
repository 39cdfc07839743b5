import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, readlinkSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { readLayout } from "../../src/image/oci-layout.ts";
import { unpackImage } from "../../src/image/unpack-image.ts";
import { describeOnHost } from "../describe-on-host.ts";
import { type Member, makeTar } from "./make-tar.ts";

const bounds = { bytesMax: 1_000_000, entriesMax: 1000 };
const missing = process.getuid?.() === 0 ? [] : ["root"];

describeOnHost("an OCI image", missing, () => {
  it("is its layers over each other, with whiteouts", async () => {
    await using place = scratch();
    const path = await unpack(place.path, [
      [
        { path: "etc/", type: "5", mode: 0o755 },
        { path: "etc/one", text: "1" },
        { path: "etc/two", text: "2" },
        { path: "opaque/old", text: "x" },
      ],
      [
        { path: "etc/.wh.one" },
        { path: "etc/two", text: "two" },
        { path: "opaque/.wh..wh..opq" },
        { path: "opaque/new", text: "y" },
        { path: "link", type: "2", target: "/etc/two" },
      ],
    ]);
    expect(existsSync(join(path, "etc/one"))).toBe(false);
    expect(readFileSync(join(path, "etc/two"), "utf8")).toBe("two");
    expect([existsSync(join(path, "opaque/old")), existsSync(join(path, "opaque/new"))]).toEqual([
      false,
      true,
    ]);
    expect(readlinkSync(join(path, "link"))).toBe("/etc/two");
  });

  it("leaves the layer below as it was", async () => {
    await using place = scratch();
    const first: readonly Member[] = [{ path: "file", text: "below" }];
    const below = await unpack(place.path, [first]);
    await unpack(place.path, [first, [{ path: "file", text: "above", mode: 0o600 }]]);
    expect(readFileSync(join(below, "file"), "utf8")).toBe("below");
    expect(statSync(join(below, "file")).mode & 0o777).toBe(0o644);
  });

  const tricks: Readonly<Record<string, readonly Member[]>> = {
    "an absolute path": [{ path: "/tmp/bpc-escaped", text: "x" }],
    "a path upwards": [{ path: "a/../../bpc-escaped", text: "x" }],
    "a path through a link": [
      { path: "a", type: "2", target: "/tmp" },
      { path: "a/bpc-escaped", text: "x" },
    ],
    "a path through a link of its own layer upwards": [
      { path: "a", type: "2", target: ".." },
      { path: "a/bpc-escaped", text: "x" },
    ],
    "a hard link that leads out": [{ path: "a", type: "1", target: "../../etc/passwd" }],
    "a hard link to an absolute path": [{ path: "a", type: "1", target: "/etc/passwd" }],
    "a hard link through a link": [
      { path: "a", type: "2", target: "/etc" },
      { path: "b", type: "1", target: "a/passwd" },
    ],
    "a hard link to a link": [
      { path: "a", type: "2", target: "/etc/passwd" },
      { path: "b", type: "1", target: "a" },
    ],
    "a whiteout of the folder above": [{ path: "a/.wh...", text: "" }],
    "more than it may hold": [{ path: "a", text: "x".repeat(1_000_001) }],
    "more files than it may have": Array.from({ length: 1001 }, (_, at) => ({ path: `f${at}` })),
  };
  it.each(Object.keys(tricks))("with %s is refused, and leaves nothing", async (name) => {
    await using place = scratch();
    await expect(unpack(place.path, [tricks[name] ?? []])).rejects.toThrow();
    expect(existsSync("/tmp/bpc-escaped")).toBe(false);
    expect(existsSync(join(place.path, "bpc-escaped"))).toBe(false);
  });

  it("takes no device over", async () => {
    await using place = scratch();
    const path = await unpack(place.path, [
      [
        { path: "null", type: "3" },
        { path: "file", text: "x" },
      ],
    ]);
    expect([existsSync(join(path, "null")), existsSync(join(path, "file"))]).toEqual([false, true]);
  });

  it("with a layer that has other bytes is refused", async () => {
    const layout = layoutOf([[{ path: "file", text: "x" }]]);
    const damaged = Buffer.from(layout);
    const at = damaged.indexOf(Buffer.from([0x1f, 0x8b])) + 20;
    damaged[at] = (damaged[at] ?? 0) ^ 1;
    await expect(readLayout(damaged)).rejects.toThrow(/other bytes/);
  });
});

async function unpack(folder: string, layers: readonly (readonly Member[])[]): Promise<string> {
  return unpackImage(await readLayout(layoutOf(layers)), { folder, bounds });
}

function layoutOf(layers: readonly (readonly Member[])[]): Uint8Array {
  const blobs: Member[] = [];
  const put = (bytes: Uint8Array, mediaType: string) => {
    const digest = sha256(bytes);
    blobs.push({ path: `blobs/sha256/${digest}`, text: Buffer.from(bytes).toString("latin1") });
    return { mediaType, digest: `sha256:${digest}`, size: bytes.length };
  };
  const tars = layers.map(makeTar);
  const packed = tars.map((tar) =>
    put(gzipSync(tar), "application/vnd.oci.image.layer.v1.tar+gzip"),
  );
  const config = {
    rootfs: { type: "layers", diff_ids: tars.map((tar) => `sha256:${sha256(tar)}`) },
    config: { Env: ["A=b"] },
  };
  const manifest = {
    schemaVersion: 2,
    config: put(json(config), "application/vnd.oci.image.config.v1+json"),
    layers: packed,
  };
  const index = {
    schemaVersion: 2,
    manifests: [put(json(manifest), "application/vnd.oci.image.manifest.v1+json")],
  };
  return binaryTar([...blobs, { path: "index.json", text: JSON.stringify(index) }]);
}

/** Blobs are bytes; `makeTar` writes texts. */
function binaryTar(members: readonly Member[]): Uint8Array {
  const parts = members.map(({ path, text = "" }) => {
    const bytes = Buffer.from(text, "latin1");
    const head = Buffer.from(makeTar([{ path, text: "x".repeat(bytes.length) }])).subarray(0, 512);
    const body = Buffer.alloc(Math.ceil(bytes.length / 512) * 512);
    bytes.copy(body);
    return Buffer.concat([head, body]);
  });
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

function json(value: object): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function scratch() {
  const path = mkdtempSync(join(tmpdir(), "bpc-image-"));
  return {
    path,
    [Symbol.asyncDispose]: async () => rmSync(path, { recursive: true, force: true }),
  };
}
