import { createHash } from "node:crypto";
import {
  isPublicAddress,
  type LayeredRoot,
  openLayer,
  parseReference,
  type RegistryPlace,
  readTar,
  referenceText,
  registrySource,
  storeImage,
} from "@bedplate/oci";
import { faultOf } from "@bedplate/testkit";
import { describe, expect, it, test } from "vitest";
import { PartStore } from "./image-store.ts";
import { makeImage } from "./make-layout.ts";
import { type Mischief, type RegistryServer, startRegistry } from "./registry-server.ts";

// Bytes that do not shrink, so that a blob has many of them.
const noise = Buffer.concat(
  Array.from({ length: 2000 }, (_, at) => createHash("sha256").update(String(at)).digest()),
);
const image = makeImage([[{ path: "a", text: noise }], [{ path: "b", text: "second" }]], {
  config: { Env: ["A=b", "EMPTY"], User: "1000:1000", WorkingDir: "/srv", Cmd: ["run", "it"] },
});

describe("a registry", () => {
  it("gives the image of this platform, with its config", async () => {
    await using registry = await startRegistry(image);
    const { digest, root, names } = await pull(registry);
    expect(digest).toBe(image.manifest.digest);
    expect(names).toEqual(["a", "b"]);
    expect(root.config).toEqual({
      env: { A: "b", EMPTY: "" },
      user: "1000:1000",
      workdir: "/srv",
      cmd: ["run", "it"],
    });
  });

  it("is given the token that it asks for, once", async () => {
    await using registry = await startRegistry(image, { token: "a.b-c" });
    await pull(registry);
    expect(registry.requests.filter((each) => each.startsWith("/token"))).toHaveLength(1);
  });

  it("is given a name and a password", async () => {
    await using registry = await startRegistry(image, { basic: "me:secret" });
    await pull(registry, { username: "me", password: "secret" });
    expect(await faultOf(pull(registry))).toMatchObject({ code: "provider.denied" });
    const wrong = pull(registry, { username: "me", password: "wrong" });
    expect(await faultOf(wrong)).toMatchObject({ code: "provider.denied" });
  });

  it.each([false, true])(
    "that breaks off is asked for the rest (ignores ranges: %s)",
    async (ignoresRanges) => {
      // Each answer gives as much as the last one had, or it would never come further.
      let cut = 20_000;
      const mischief: Mischief = {
        ignoresRanges,
        get cutAfter() {
          cut += ignoresRanges ? 20_000 : 0;
          return cut;
        },
      };
      await using registry = await startRegistry(image, mischief);
      expect((await pull(registry)).names).toEqual(["a", "b"]);
      expect(registry.requests.some((each) => each.includes("bytes=20000-") || ignoresRanges)).toBe(
        true,
      );
    },
  );

  it("that never comes further is given up", async () => {
    await using registry = await startRegistry(image, { cutAfter: 0 });
    expect(await faultOf(pull(registry))).toMatchObject({ code: "provider.unavailable" });
    expect(registry.requests.length).toBeLessThan(12);
  });

  it("layers that are kept already are not asked for", async () => {
    await using registry = await startRegistry(image);
    const known = async () => [{ digest: image.layers[0] ?? "", bytes: 1 }];
    const store = new PartStore();
    await storeImage(sourceOf(registry), { keep: store.keep, known, bytesMax: 1e6, signal });
    expect(
      registry.requests.filter((each) => image.layers.some((layer) => each.includes(layer))),
    ).toEqual([]);
  });

  const lies: Readonly<Record<string, { readonly lie: Mischief; readonly code: string }>> = {
    "a layer with other bytes": {
      lie: { alter: changed(`/blobs/${image.layers[1]}`) },
      code: "digest.mismatch",
    },
    "a layer that goes on": {
      lie: {
        alter: (path, bytes) => (path.includes("/blobs/") ? Buffer.concat([bytes, noise]) : bytes),
      },
      code: "digest.mismatch",
    },
    "a layer that ends too early": {
      lie: {
        alter: (path, bytes) => (path.endsWith(image.layers[0] ?? "") ? bytes.subarray(9) : bytes),
      },
      code: "provider.unavailable",
    },
    "a manifest with other bytes": {
      lie: { alter: changed(`/manifests/${image.manifest.digest}`) },
      code: "digest.mismatch",
    },
    "a manifest that is huge": {
      lie: { alter: (path, bytes) => (path.endsWith("/1") ? Buffer.alloc(5 * 2 ** 20) : bytes) },
      code: "quota.exceeded",
    },
    "a manifest that is no JSON": {
      lie: { alter: (path, bytes) => (path.endsWith("/1") ? Buffer.from("{") : bytes) },
      code: "argument.invalid",
    },
    "redirections without an end": {
      lie: {
        instead: (request, response) => {
          response.writeHead(307, { location: request.url }).end();
          return true;
        },
      },
      code: "provider.unavailable",
    },
    silence: { lie: { instead: () => true }, code: "provider.unavailable" },
    "an answer that stops": {
      lie: {
        instead: (request, response) => {
          if (request.url?.includes("/blobs/") !== true) return false;
          response.writeHead(200).write("x");
          return true;
        },
      },
      code: "provider.unavailable",
    },
    "a token service that gives none": {
      lie: {
        instead: (request, response) => {
          if (request.url?.startsWith("/token") === true) response.end("{}");
          else
            response
              .writeHead(401, {
                "www-authenticate": `Bearer realm="http://${request.headers.host}/token"`,
              })
              .end();
          return true;
        },
      },
      code: "provider.unavailable",
    },
    "a challenge of no known kind": {
      lie: {
        instead: (_, response) => {
          response.writeHead(401, { "www-authenticate": "Negotiate" }).end();
          return true;
        },
      },
      code: "provider.denied",
    },
    "a fault of its own": {
      lie: {
        instead: (_, response) => {
          response.writeHead(500).end();
          return true;
        },
      },
      code: "provider.unavailable",
    },
  };
  it.each(Object.keys(lies))("with %s ends in a fault", async (name) => {
    const { lie, code } = lies[name] ?? { lie: {}, code: "" };
    await using registry = await startRegistry(image, lie);
    expect(await faultOf(pull(registry))).toMatchObject({ code });
  });

  it("without such an image, or with none for this platform, says so", async () => {
    await using registry = await startRegistry(makeImage([[]], { architecture: "s390x" }));
    expect(await faultOf(pull(registry))).toMatchObject({ code: "argument.invalid" });
    expect(await faultOf(pull(registry, { name: "other:1" }))).toMatchObject({
      code: "resource.missing",
    });
  });

  it("that redirects gives its token to no other host", async () => {
    const seen: (string | undefined)[] = [];
    await using store = await startRegistry(image, {
      instead: (request) => {
        seen.push(request.headers.authorization);
        return false;
      },
    });
    await using registry = await startRegistry(image, {
      token: "secret",
      instead: (request, response) => {
        if (request.url?.includes("/blobs/") !== true) return false;
        response.writeHead(307, { location: `${store.url}${request.url}` }).end();
        return true;
      },
    });
    expect((await pull(registry)).names).toEqual(["a", "b"]);
    expect(seen.length).toBeGreaterThan(2);
    expect(new Set(seen)).toEqual(new Set([undefined]));
  });

  it("that is not the operator's own reaches nothing inside, and nothing without TLS", async () => {
    await using registry = await startRegistry(image);
    for (const url of [
      registry.url,
      registry.url.replace("http", "https"),
      "https://localhost:1",
    ]) {
      const fault = await faultOf(pull(registry, { url, isInside: false }));
      expect(fault).toMatchObject({ code: "permission.denied" });
    }
    expect(registry.requests).toEqual([]);
  });

  it("whose caller leaves is left at once", async () => {
    await using registry = await startRegistry(image, { instead: () => true });
    const leaving = new AbortController();
    const pulled = storeImage(sourceOf(registry), {
      keep: async () => {},
      bytesMax: 1e6,
      signal: leaving.signal,
    });
    setTimeout(() => leaving.abort(new Error("left")), 20);
    await expect(pulled).rejects.toThrow("left");
  });

  it("with more than an image may have is refused before a layer is read", async () => {
    await using registry = await startRegistry(image);
    const pulled = storeImage(sourceOf(registry), { keep: async () => {}, bytesMax: 1000, signal });
    expect(await faultOf(pulled)).toMatchObject({ code: "quota.exceeded" });
    expect(registry.requests.some((each) => each.includes(image.layers[0] ?? "-"))).toBe(false);
  });
});

test.each([
  ["alpine", "docker.io/library/alpine:latest"],
  ["user/thing:1.2", "docker.io/user/thing:1.2"],
  ["localhost/thing", "localhost/thing:latest"],
  ["Registry.example:5000/a/b_c/d--e:v1", "registry.example:5000/a/b_c/d--e:v1"],
  [`ghcr.io/a/b:t@sha256:${"0".repeat(64)}`, `ghcr.io/a/b@sha256:${"0".repeat(64)}`],
])("parseReference(%s) is %s", (text, meaning) => {
  expect(referenceText(parseReference(text))).toBe(meaning);
});

test.each([
  "",
  "A/b",
  "a//b",
  "a:",
  "a@sha256:0",
  "../a",
  "a/../b",
  "a b",
  "http://a/b",
  "a:b:c",
  "x".repeat(600),
])("parseReference(%s) refuses", (text) => {
  expect(() => parseReference(text)).toThrow(/Cannot use the image/);
});

test.each([
  "127.0.0.1",
  "10.1.2.3",
  "169.254.169.254",
  "192.168.1.1",
  "::1",
  "fe80::1",
  "::ffff:10.0.0.1",
  "0.0.0.0",
  "no address",
])("%s is not public", (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

test.each(["1.1.1.1", "2606:4700::1111"])("%s is public", (address) => {
  expect(isPublicAddress(address)).toBe(true);
});

const { signal } = new AbortController();

interface PullOptions extends Partial<RegistryPlace> {
  readonly name?: string;
}

function sourceOf(registry: RegistryServer, options: PullOptions = {}) {
  const { name = "thing:1", ...place } = options;
  return registrySource(parseReference(`${registry.host}/${name}`), {
    place: { url: registry.url, isInside: true, ...place },
    silenceMs: 200,
    pauseMs: 1,
  });
}

/** Pulls, unpacks in memory, and tells the names of the files. */
async function pull(registry: RegistryServer, options: PullOptions = {}) {
  const store = new PartStore();
  const source = sourceOf(registry, options);
  const { digest, root } = await storeImage(source, { keep: store.keep, bytesMax: 1e6, signal });
  return { digest, root, names: await namesOf(root, store) };
}

async function namesOf({ layers }: LayeredRoot, store: PartStore): Promise<readonly string[]> {
  const names: string[] = [];
  for (const { diffId, compression, parts } of layers) {
    const packed = parts.map((each) => store.parts.get(each.digest) ?? Buffer.alloc(0));
    async function* source() {
      yield* packed;
    }
    const bounds = { bytesMax: 1e6, entriesMax: 100 };
    for await (const { path } of readTar(openLayer(source(), { compression, diffId, bounds }))) {
      names.push(path);
    }
  }
  return names;
}

function changed(ending: string): (path: string, bytes: Uint8Array) => Uint8Array {
  return (path, bytes) => {
    if (!path.endsWith(ending)) return bytes;
    const copy = Buffer.from(bytes);
    copy[bytes.length >> 1] = (copy[bytes.length >> 1] ?? 0) ^ 1;
    return copy;
  };
}
