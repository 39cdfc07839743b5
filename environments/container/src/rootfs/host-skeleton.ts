import { existsSync, lstatSync, readdirSync, readlinkSync } from "node:fs";
import { chmod, chown, cp, mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { digestValue } from "@bedplate/codec";

/**
 * The root of a machine that uses this host's programs: nothing of the host's `/etc` is in it but
 * what programs need to find each other, and its `/usr` is mounted over the empty folder.
 */
export async function hostSkeleton(cacheFolder: string): Promise<string> {
  const plan = planOf();
  const name = `host-${digestValue(JSON.stringify(plan)).slice(7, 39)}`;
  const target = join(cacheFolder, name);
  if (existsSync(target)) return target;
  await mkdir(cacheFolder, { recursive: true, mode: 0o700 });
  const draft = await mkdtemp(join(cacheFolder, "draft-"));
  try {
    await build(draft, plan);
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  }
  return target;
}

interface Plan {
  readonly folders: readonly (readonly [path: string, mode: number, id: number])[];
  readonly links: readonly (readonly [path: string, to: string])[];
  readonly files: readonly (readonly [path: string, text: string])[];
  readonly copies: readonly string[];
}

/** The ordinary user of every machine. */
export const machineUser = { name: "user", id: 1000, home: "/home/user" } as const;

function planOf(): Plan {
  const { name, id, home } = machineUser;
  return {
    folders: [
      ...[
        "etc",
        "usr",
        "proc",
        "sys",
        "dev",
        "run",
        "var",
        "var/log",
        "var/lib",
        "home",
        "opt",
        "opt/bin",
        "srv",
        "mnt",
      ].map((path) => [path, 0o755, 0] as const),
      ["root", 0o700, 0],
      ["tmp", 0o1777, 0],
      ["var/tmp", 0o1777, 0],
      ["var/cache", 0o755, 0],
      [home.slice(1), 0o755, id],
    ],
    links: [
      ...usrLinks(),
      ...pythonLinks(),
      ["var/run", "/run"],
      ["etc/mtab", "/proc/self/mounts"],
    ],
    files: [
      ["etc/passwd", passwd(name, id, home)],
      ["etc/group", group(name, id)],
      ["etc/hosts", "127.0.0.1 localhost\n::1 localhost\n"],
      ["etc/hostname", "machine\n"],
      ["etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"],
      ["etc/resolv.conf", ""],
      [
        "etc/profile",
        'PATH=/usr/local/bin:/usr/bin:/bin:/opt/bin\nexport PATH\n[ -n "$PS1" ] && PS1="\\$ "\n',
      ],
      ["etc/localtime", ""],
    ],
    copies: [
      "etc/alternatives",
      "etc/ssl/certs",
      "etc/ssl/openssl.cnf",
      "etc/ld.so.cache",
      "etc/os-release",
      "etc/mime.types",
      ...javaFolders(),
    ].filter((path) => existsSync(`/${path}`)),
  };
}

/** `/bin` and its kin are links into `/usr` on merged systems; elsewhere they are left out. */
function usrLinks(): readonly (readonly [string, string])[] {
  return ["bin", "sbin", "lib", "lib32", "lib64", "libx32"].flatMap((name) => {
    const path = `/${name}`;
    if (!existsSync(path) || !lstatSync(path).isSymbolicLink()) return [];
    return [[name, readlinkSync(path)] as const];
  });
}

/** What Debian's builds of Java begin with is here, and their links lead to it. */
function javaFolders(): readonly string[] {
  const names = readdirSync("/etc").filter((each) => /^java-\d+-openjdk$/.test(each));
  return names.toSorted().map((each) => `etc/${each}`);
}

/** Programs ask for `python`; where the host has it by its number only, it is found under both names. */
function pythonLinks(): readonly (readonly [string, string])[] {
  const isNamed = existsSync("/usr/bin/python") || !existsSync("/usr/bin/python3");
  return isNamed ? [] : [["opt/bin/python", "/usr/bin/python3"]];
}

function passwd(name: string, id: number, home: string): string {
  return `root:x:0:0:root:/root:/bin/sh\n${name}:x:${id}:${id}::${home}:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n`;
}

function group(name: string, id: number): string {
  return `root:x:0:\ntty:x:5:\n${name}:x:${id}:\nnogroup:x:65534:\n`;
}

async function build(root: string, plan: Plan): Promise<void> {
  await chmod(root, 0o755);
  for (const [path, mode, id] of plan.folders) {
    const at = join(root, path);
    await mkdir(at, { recursive: true });
    await chmod(at, mode);
    await chown(at, id, id);
  }
  for (const [path, to] of plan.links) await symlink(to, join(root, path));
  for (const [path, text] of plan.files) {
    await writeFile(join(root, path), text, { mode: 0o644 });
  }
  for (const path of plan.copies) await copyIn(root, path);
}

async function copyIn(root: string, path: string): Promise<void> {
  const to = join(root, path);
  await mkdir(dirname(to), { recursive: true, mode: 0o755 });
  await cp(`/${path}`, to, { recursive: true, verbatimSymlinks: true, mode: 0 });
}
