import { readFile } from "node:fs/promises";
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { S3, S3ClientConfig } from "@aws-sdk/client-s3";
import { raise } from "@bedplate/errors";
import { readSecret } from "@bedplate/provider";
import type { S3Place } from "./s3-settings.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** A secret that comes from a file may change; it is read again after this time. */
const credentialsMs = 5 * 60 * 1_000;

/** Where the service of a place answers. */
export interface ServiceAddress {
  readonly region: string;
  /** Scheme, host and port. */
  readonly origin: string;
  readonly isPathStyle: boolean;
}

/** What the settings leave open is Amazon's. */
export function addressOf({ settings }: S3Place, variables: Variables): ServiceAddress {
  const region = settings.region ?? variables["AWS_REGION"] ?? "us-east-1";
  const suffix = region.startsWith("cn-") ? ".cn" : "";
  const origin = settings.endpoint ?? `https://s3.${region}.amazonaws.com${suffix}`;
  const isPathStyle = settings.forcePathStyle ?? settings.endpoint !== undefined;
  return { region, origin: origin.replace(/\/$/, ""), isPathStyle };
}

/** Makes the client of AWS; it is loaded only when somebody needs it. */
export async function openClient(place: S3Place, variables: Variables): Promise<S3> {
  const { settings } = place;
  const { region, isPathStyle } = addressOf(place, variables);
  const config: S3ClientConfig = {
    region,
    forcePathStyle: isPathStyle,
    // Each try is ours to judge: see `s3-attempts.ts`.
    maxAttempts: 1,
    // What we send has its checksum, and what we read whole is hashed.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: await handlerOf(place),
    ...(settings.endpoint !== undefined && { endpoint: settings.endpoint }),
  };
  const credentials = credentialsOf(place, variables);
  const sdk = await import("@aws-sdk/client-s3");
  return new sdk.S3(credentials === undefined ? config : { ...config, credentials });
}

async function handlerOf({ settings }: S3Place): Promise<object> {
  const { caFile, connectionsMax: maxSockets, connectTimeoutMs, requestTimeoutMs } = settings;
  const agent = { keepAlive: true, maxSockets };
  const ca = caFile === undefined ? {} : { ca: await readAuthorities(caFile) };
  return {
    connectionTimeout: connectTimeoutMs,
    // A socket that stands still for this long is closed, also in the middle of a body.
    socketTimeout: requestTimeoutMs,
    httpAgent: new HttpAgent(agent),
    httpsAgent: new HttpsAgent({ ...agent, ...ca }),
  };
}

async function readAuthorities(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const { code = "unknown" } = cause as NodeJS.ErrnoException;
    throw raise("argument.invalid", {
      op: "provider.open",
      detail: { path: "/caFile", rule: "readable file" },
      message: `Cannot open the S3 bucket: the file ${path} cannot be read (${code})`,
      blame: "operator",
    });
  }
}

type Credentials = Exclude<S3ClientConfig["credentials"], undefined>;

/** The key of the URL, else that of the host's variables, else what AWS finds by itself. */
function credentialsOf(place: S3Place, variables: Variables): Credentials | undefined {
  const accessKeyId = place.username || place.settings.accessKeyId;
  const own = variables["AWS_ACCESS_KEY_ID"];
  if (accessKeyId === undefined && own === undefined) return undefined;
  return async () => {
    const secretAccessKey =
      accessKeyId === undefined
        ? await readSecret({ variable: "AWS_SECRET_ACCESS_KEY" }, variables)
        : await secretOf(place, variables);
    const sessionToken = accessKeyId === undefined ? variables["AWS_SESSION_TOKEN"] : undefined;
    return {
      accessKeyId: accessKeyId ?? own ?? "",
      secretAccessKey: secretAccessKey ?? "",
      ...(sessionToken !== undefined && { sessionToken }),
      expiration: new Date(Date.now() + credentialsMs),
    };
  };
}

async function secretOf({ password }: S3Place, variables: Variables): Promise<string> {
  const secret = await readSecret(password, variables);
  if (secret !== undefined) return secret;
  return (await readSecret({ variable: "AWS_SECRET_ACCESS_KEY" }, variables)) ?? "";
}
