import { posix } from "node:path";
import { raise } from "@bedplate/errors";
import { type EnvdRequest, rootUser, type SandboxUse, stepTimeoutMs } from "./sandbox-use.ts";

/** Largest list of users that is read. */
const usersBytesMax = 1024 * 1024;

/** How long a home is believed. */
const homeKeptMs = 30_000;
const homesMax = 10_000;
const homes = new Map<string, { readonly home: string; readonly until: number }>();

/** The path from the root: a relative one begins in the home of the user, and `~` is that home. */
export async function homePath(path: string, { use, user }: EnvdRequest): Promise<string> {
  if (path.startsWith("/")) return trimmed(posix.normalize(path));
  const home = await homeOf(user, use);
  const below = path === "~" || path.startsWith("~/") ? path.slice(1) : path;
  return trimmed(posix.join(home, below));
}

function trimmed(path: string): string {
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}

async function homeOf(user: string, use: SandboxUse): Promise<string> {
  const key = `${use.sandboxId}\n${user}`;
  const known = homes.get(key);
  if (known !== undefined && known.until > Date.now()) return known.home;
  const home = await readHome(user, use);
  if (homes.size >= homesMax) homes.clear();
  homes.set(key, { home, until: Date.now() + homeKeptMs });
  return home;
}

async function readHome(user: string, use: SandboxUse): Promise<string> {
  const request = { path: "/etc/passwd", user: rootUser, length: usersBytesMax };
  const body = await use.files.read(request, use.call({ timeoutMs: stepTimeoutMs }));
  const text = await new Response(body as ReadableStream<Uint8Array<ArrayBuffer>>).text();
  const line = text.split("\n").find((each) => {
    const [name, , id] = each.split(":");
    return name === user || id === user;
  });
  if (line === undefined) throw noUser(user);
  const home = line.split(":")[5] ?? "/";
  return home.startsWith("/") ? home : "/";
}

function noUser(user: string): Error {
  return raise("key.invalid", {
    op: "e2b.user",
    detail: { reason: "no such user" },
    message: `Cannot act as ${user.slice(0, 64)}: the sandbox has no user of that name`,
  });
}
