import { chownSync, readFileSync } from "node:fs";

/** Who a program runs as. */
export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

/** For programs that refuse to run as root: `nobody` when we are root, and undefined when we are not. */
export function unprivilegedUser(): SystemUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const row = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"))
    .find(([name]) => name === "nobody");
  if (row === undefined) throw new Error("Cannot run as somebody else: there is no user `nobody`");
  return { uid: Number(row[2]), gid: Number(row[3]) };
}

/** Makes a user the owner of a file or folder; undefined leaves it as it is. */
export function giveTo(user: SystemUser | undefined, path: string): void {
  if (user !== undefined) chownSync(path, user.uid, user.gid);
}
