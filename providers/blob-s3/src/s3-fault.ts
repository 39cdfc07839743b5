import { isFault, raise } from "@bedplate/errors";
import { failureOf, type S3Failure } from "./s3-failure.ts";

const provider = "blob-s3";

/** What a request that nothing was done by means to a caller; faults pass as they are. */
export function faultOfS3(error: unknown, op: string): Error {
  if (isFault(error)) return error;
  const failure = failureOf(error);
  const { name } = failure;
  // What the client threw is left out: it may hold the request, and so a credential.
  if (failure.kind === "denied") {
    const message = `Cannot use the bucket: the service refuses our credentials (${name})`;
    return raise("provider.denied", { op, detail: { provider }, message });
  }
  if (failure.kind === "full") return fullFault(op, name);
  return raise("provider.unavailable", {
    op,
    detail: { provider },
    message: `Cannot use the bucket: ${wordsOf(failure)} (${name})`,
    ...(failure.kind === "rejected" && { retry: "never", blame: "operator" }),
  });
}

/** Contact broke after a write was sent, and nobody can say whether it was done. */
export function unclearFault(error: unknown, op: string): Error {
  return raise("provider.indeterminate", {
    op,
    detail: { provider },
    message: `Cannot say whether the bucket was changed: contact broke (${failureOf(error).name})`,
  });
}

function fullFault(op: string, name: string): Error {
  return raise("quota.exceeded", {
    op,
    detail: { meter: "bucket", limit: 0, asked: 0 },
    message: `Cannot store the blob: the bucket is full (${name})`,
    blame: "operator",
  });
}

function wordsOf({ kind }: S3Failure): string {
  if (kind === "unreached") return "nobody answers";
  if (kind === "throttled") return "the service has too much to do";
  if (kind === "damaged") return "bytes are changed on their way";
  if (kind === "rejected" || kind === "missing") return "the service refuses the request";
  return "contact breaks";
}
