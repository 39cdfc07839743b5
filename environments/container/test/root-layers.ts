import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { type LayeredRoot, type RootConfig, tarEnd, tarHeader, tarPadding } from "@bedplate/oci";

/** A file, a folder (a path that ends with a slash) or a link of a layer that a test makes. */
export interface LayerFile {
  readonly path: string;
  readonly bytes?: Uint8Array | string;
  readonly target?: string;
  readonly mode?: number;
  readonly uid?: number;
}

/** A layer as an archive. */
export function layerOf(files: readonly LayerFile[]): Uint8Array {
  const blocks = files.flatMap(({ path, bytes = "", target, mode = 0o755, uid = 0 }) => {
    const body = Buffer.from(bytes as string);
    const isFolder = path.endsWith("/");
    const kind = target !== undefined ? "link" : isFolder ? "folder" : "file";
    const member = { path: path.replace(/\/$/, ""), kind, mode, uid, gid: uid } as const;
    const header = tarHeader({ ...member, target, modifiedAt: 1, bytes: body.length });
    return [header, body, tarPadding(body.length)];
  });
  return Buffer.concat([...blocks, tarEnd]);
}

/** A root of these layers, as an artifact; `store` keeps their bytes. */
export function rootOf(
  layers: readonly Uint8Array[],
  options: {
    readonly base?: "none" | "host";
    readonly config?: RootConfig;
    store(bytes: Uint8Array): string;
  },
): Uint8Array {
  const { base = "none", config = { env: {} }, store } = options;
  const root: LayeredRoot = {
    root: "layers",
    base,
    layers: layers.map((bytes) => ({
      diffId: `sha256:${createHash("sha256").update(bytes).digest("hex")}`,
      compression: "none",
      parts: [{ digest: store(bytes), bytes: bytes.length }],
    })),
    config,
  };
  return new TextEncoder().encode(JSON.stringify(root));
}

/** Programs of this host with the libraries that they need: a root of its own without any download. */
export function programsLayer(programs: readonly string[]): Uint8Array {
  const files = new Map<string, LayerFile>();
  const add = (path: string) => {
    files.set(path, { path: path.slice(1), bytes: readFileSync(realpathSync(path)) });
  };
  for (const program of programs) {
    const path = ["/bin", "/usr/bin"].map((each) => `${each}/${program}`).find(existsSync) ?? "";
    files.set(path, { path: `bin/${program}`, bytes: readFileSync(realpathSync(path)) });
    const said = execFileSync("ldd", [path], { encoding: "utf8" });
    for (const [, library = ""] of said.matchAll(/(\/[^\s]+) \(0x/g)) add(library);
  }
  const fixed: readonly LayerFile[] = [
    {
      path: "etc/passwd",
      bytes: "root:x:0:0::/root:/bin/sh\napp:x:1234:1234::/srv:/bin/sh\n",
      mode: 0o644,
    },
    { path: "etc/group", bytes: "root:x:0:\napp:x:1234:\n", mode: 0o644 },
    { path: "root/", mode: 0o700 },
    { path: "srv/", uid: 1234 },
    { path: "tmp/", mode: 0o1777 },
  ];
  return layerOf([...files.values(), ...fixed]);
}
