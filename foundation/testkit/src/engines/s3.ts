import type { Engine } from "./engine.ts";
import { startMoto } from "./moto.ts";
import { startRadosgw } from "./radosgw.ts";
import { makeS3Account, type S3Account } from "./s3-account.ts";

/**
 * `light`: moto, quick to start, in memory, and lax: it takes wrong signatures and checksums.
 * `strict`: Ceph's gateway on a store of its own, durable, and as exact as S3 itself.
 */
export type S3Kind = "light" | "strict";

/** A server that speaks S3; its `url` is `http://accessKey:secretKey@127.0.0.1:port/`. */
export interface S3Engine extends Engine, S3Account {
  /** The URL without credentials. */
  readonly endpoint: string;
  readonly region: string;
}

/** Starts an S3 server of its own on a free port of the loopback interface, with random keys and no bucket. */
export async function startS3(kind: S3Kind): Promise<S3Engine> {
  const account = makeS3Account();
  const engine = await (kind === "light" ? startMoto(account) : startRadosgw(account));
  const { host, port } = engine;
  const facts = { ...account, endpoint: `http://${host}:${port}`, region: "us-east-1" };
  return Object.assign(engine, facts);
}
