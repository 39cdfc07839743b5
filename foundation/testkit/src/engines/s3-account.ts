import { randomBytes } from "node:crypto";

/** Who may use an S3 server. */
export interface S3Account {
  readonly accessKey: string;
  readonly secretKey: string;
}

/** Makes up an account with random keys. */
export function makeS3Account(): S3Account {
  return {
    accessKey: randomBytes(10).toString("hex").toUpperCase(),
    secretKey: randomBytes(30).toString("base64url"),
  };
}

/** A server's URL with its account in it. */
export function s3Url(port: number, { accessKey, secretKey }: S3Account): string {
  return `http://${accessKey}:${secretKey}@127.0.0.1:${port}/`;
}
