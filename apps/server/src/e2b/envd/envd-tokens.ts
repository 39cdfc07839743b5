import type { IncomingMessage } from "node:http";
import { type FileGrant, isSameText, isSignature } from "@bedplate/e2b";
import type { SandboxLocks } from "../sandbox-gate.ts";

/** How a request for a sandbox's own port is let in. */
export interface EnvdEntry {
  /** Whether it shows the sandbox's token, or there is none to show. */
  readonly isOwner: boolean;
  /** What it is told instead; absent where it may go on. */
  readonly refusal?: { readonly code: number; readonly message: string } | undefined;
}

const wrongToken = {
  code: 401,
  message: "Cannot use the sandbox: its access token is missing or wrong",
};

/** Judges a request by what it shows: the token, or the signature of one file's URL. */
export function entryOf(request: IncomingMessage, locks: SandboxLocks): EnvdEntry {
  const url = new URL(request.url ?? "/", "http://sandbox");
  const isOwner = hasToken(request, locks);
  if (url.pathname !== "/files") return isOwner ? { isOwner } : { isOwner, refusal: wrongToken };
  const operation = fileOperation(request);
  if (operation === "write" && request.method !== "POST") {
    const message = "Cannot use files so: GET and POST only";
    return { isOwner, refusal: { code: 405, message } };
  }
  const message = isOwner ? undefined : refusedGrant(grantRequest(url, operation), locks);
  return { isOwner, ...(message !== undefined && { refusal: { code: 401, message } }) };
}

/** What a request does with a file. */
export function fileOperation({ method }: IncomingMessage): FileGrant["operation"] {
  return method === "GET" ? "read" : "write";
}

/** What a signed URL says that it allows. */
export function grantOf(url: URL, operation: "read" | "write"): FileGrant {
  const end = url.searchParams.get("signature_expiration");
  return {
    path: url.searchParams.get("path") ?? "",
    operation,
    user: url.searchParams.get("username") ?? "",
    ...(end !== null && { expiration: Number(end) }),
  };
}

function hasToken({ headers }: IncomingMessage, { accessToken }: SandboxLocks): boolean {
  if (accessToken === undefined) return true;
  const given = headers["x-access-token"];
  return typeof given === "string" && isSameText(given, accessToken);
}

function grantRequest(url: URL, operation: "read" | "write") {
  return { signature: url.searchParams.get("signature") ?? "", grant: grantOf(url, operation) };
}

/** Why a signed URL lets nobody in; undefined where it does. */
function refusedGrant(
  { signature, grant }: { readonly signature: string; readonly grant: FileGrant },
  { accessToken }: SandboxLocks,
): string | undefined {
  if (signature === "") return "missing signature query parameter";
  if (!isSignature(signature, grant, accessToken ?? "")) return "invalid signature";
  const { expiration } = grant;
  const isOver = expiration !== undefined && expiration * 1000 < Date.now();
  return isOver ? "signature is already expired" : undefined;
}
