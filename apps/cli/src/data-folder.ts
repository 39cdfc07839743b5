import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** Where data goes when nobody says otherwise: the user's data folder (XDG Base Directory). */
export function defaultDataFolder(): string {
  const base = process.env["XDG_DATA_HOME"] ?? join(homedir(), ".local", "share");
  return join(base, "bedplate");
}

const noteName = "server.json";

/** Leaves word in the data folder of the server that runs on it; taken back when disposed. */
export function announceServer(folder: string, server: { readonly url: string }): Disposable {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, noteName);
  writeFileSync(path, `${JSON.stringify(server)}\n`, { mode: 0o600 });
  return { [Symbol.dispose]: () => rmSync(path, { force: true }) };
}

/** The server that left word in the folder; it may be dead. */
export function announcedServer(folder: string): string | undefined {
  try {
    const { url } = JSON.parse(readFileSync(join(folder, noteName), "utf8")) as { url?: string };
    return url;
  } catch {
    return undefined;
  }
}

/** The key of the data folder's owner. */
export function ownerKey(folder: string): string | undefined {
  try {
    return readFileSync(join(folder, "admin.key"), "utf8").trim();
  } catch {
    return undefined;
  }
}
