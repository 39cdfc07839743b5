import { createHash } from "node:crypto";
import { type ImageSource, tarEnd, tarHeader } from "@bedplate/oci";
import { faultOf } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { openTemplateRig } from "./rig.ts";

const project = "demo";
const { signal } = new AbortController();

test("an image is pulled once for all who ask, is a root to build on, and known layers are not read again", async () => {
  const rig = await openTemplateRig();
  const source = imageWith(["one", "two"]);
  await using templates = rig.replica({ openImage: () => source.source });
  const pull = () => templates.images.pull(project, "thing:1", { signal });
  const [first, second] = await Promise.all([pull(), pull()]);
  expect(second).toEqual(first);
  expect(first).toMatchObject({ reference: "docker.io/library/thing:1", layers: 2 });
  expect(source.layersRead).toBe(2);
  await pull();
  expect(source.layersRead).toBe(2);
  const { root } = await templates.resolve(project, "image:thing:1", { signal });
  expect(root).toBe(first.root);
  const asked = await templates.build(
    { project, name: "above" },
    { from: "image:thing:1", steps: [{ kind: "RUN", command: "a" }] },
  );
  const built = await templates.wait(project, asked.build.id, { signal });
  const bytes = (await rig.blobs.get(built.root ?? "")) ?? new Uint8Array();
  const { layers, base, config } = JSON.parse(Buffer.from(bytes).toString());
  expect({ layers: layers.length, base, config }).toEqual({
    layers: 3,
    base: "none",
    config: { env: { A: "b" } },
  });
});

test("resolve() pulls an image that was not pulled yet; delete() forgets it", async () => {
  const rig = await openTemplateRig();
  const source = imageWith(["one"]);
  await using templates = rig.replica({ isIdle: true, openImage: () => source.source });
  await templates.resolve(project, "image:thing", { signal });
  expect((await templates.images.list(project)).map((each) => each.reference)).toEqual([
    "docker.io/library/thing:latest",
  ]);
  expect(await templates.images.list("other")).toEqual([]);
  await templates.images.delete(project, "thing");
  expect(await templates.images.list(project)).toEqual([]);
  const again = templates.images.delete(project, "thing");
  expect(await faultOf(again)).toMatchObject({ code: "resource.missing" });
});

test("an image whose layer has other bytes is refused, and is not there", async () => {
  const rig = await openTemplateRig();
  const { source } = imageWith(["one"]);
  const lying: ImageSource = {
    ...source,
    async *layer() {
      yield new Uint8Array(1024);
    },
  };
  await using templates = rig.replica({ isIdle: true, openImage: () => lying });
  const pulled = templates.images.pull(project, "thing", { signal });
  expect(await faultOf(pulled)).toMatchObject({ code: "digest.mismatch" });
  expect(await templates.images.find(project, "thing")).toBeUndefined();
});

/** An image in memory that counts how often a layer is read. */
function imageWith(names: readonly string[]) {
  const blobs = new Map<string, Uint8Array>();
  const put = (bytes: Uint8Array, mediaType: string) => {
    const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    blobs.set(digest, bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const member = { kind: "file", mode: 0o644, uid: 0, gid: 0, modifiedAt: 0, bytes: 0 } as const;
  const layers = names.map((path) =>
    put(
      Buffer.concat([tarHeader({ ...member, path }), tarEnd]),
      "application/vnd.oci.image.layer.v1.tar",
    ),
  );
  const diffIds = layers.map(({ digest }) => digest);
  const config = { config: { Env: ["A=b"] }, rootfs: { type: "layers", diff_ids: diffIds } };
  const json = (value: object) => Buffer.from(JSON.stringify(value));
  const manifest = json({
    config: put(json(config), "application/vnd.oci.image.config.v1+json"),
    layers,
  });
  const image = {
    layersRead: 0,
    source: {
      top: async () => ({
        mediaType: "application/vnd.oci.image.manifest.v1+json",
        bytes: manifest,
      }),
      document: async ({ digest, mediaType }) => ({
        mediaType,
        bytes: blobs.get(digest) ?? new Uint8Array(),
      }),
      async *layer({ digest }) {
        image.layersRead += 1;
        yield blobs.get(digest) ?? new Uint8Array();
      },
    } satisfies ImageSource as ImageSource,
  };
  return image;
}
