/**
 * Adds to package-lock.json what npm left out: optional packages of other platforms that its registry
 * did not offer when the lock was written (a mirror, say). `npm ci` refuses a lock without them. Run it
 * after `npm install` changed the lock; it changes nothing in a complete one.
 */
import { readFileSync, writeFileSync } from "node:fs";

interface LockEntry {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const path = "package-lock.json";
const systems = [
  "android",
  "darwin",
  "freebsd",
  "linux",
  "openharmony",
  "openbsd",
  "netbsd",
  "sunos",
  "aix",
  "win32",
];
const processors: Readonly<Record<string, string>> = {
  x64: "x64",
  arm64: "arm64",
  arm: "arm",
  ia32: "ia32",
  riscv64: "riscv64",
  ppc64: "ppc64",
  s390x: "s390x",
  loong64: "loong64",
};

/** What a package's name says of the platform that it is for. */
function platformOf(name: string): object {
  const words = name.split(/[/-]/);
  const os = words.filter((each) => systems.includes(each));
  const cpu = words.flatMap((each) => processors[each] ?? []);
  const libc = words.some((each) => each === "musl" || each === "musleabihf")
    ? ["musl"]
    : undefined;
  if (words.includes("wasm32")) return { cpu: ["wasm32"] };
  return { ...(os.length > 0 && { os }), ...(cpu.length > 0 && { cpu }), ...(libc && { libc }) };
}

const lock = JSON.parse(readFileSync(path, "utf8")) as { packages: Record<string, LockEntry> };
let added = 0;
for (const entry of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const place = `node_modules/${name}`;
    if (lock.packages[place] !== undefined || !/^\d/.test(version)) continue;
    const made = { version, ...(entry.dev && { dev: true }), optional: true, ...platformOf(name) };
    lock.packages[place] = made;
    added++;
  }
}
const [root, ...rest] = Object.entries(lock.packages);
lock.packages = Object.fromEntries([
  ...(root ? [root] : []),
  ...rest.sort(([a], [b]) => (a < b ? -1 : 1)),
]);
if (added > 0) writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`${added} optional packages of other platforms added\n`);
