import { execFile } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync, statSync } from "node:fs";
import { release } from "node:os";
import { promisify } from "node:util";
import { type CgroupLayout, readCgroupLayout } from "../cgroup/cgroup-layout.ts";
import { hasWarden } from "../launch/warden.ts";

const run = promisify(execFile);

/** What this host has for machines. */
export interface HostFacts {
  readonly kernel: string;
  readonly isRoot: boolean;
  readonly cgroups: CgroupLayout;
  readonly runtimes: { readonly [R in RuntimeProgram]?: RuntimeFact };
  readonly hasUserNamespaces: boolean;
  readonly hasOverlay: boolean;
  readonly hasLoopDevices: boolean;
  readonly hasNetworkTools: boolean;
  /** What containers lack here, in words for an operator; empty where they can run. */
  readonly missing: readonly string[];
  /** What they do without. */
  readonly weaker: readonly string[];
}

export type RuntimeProgram = "crun" | "runc" | "runsc";

export interface RuntimeFact {
  readonly path: string;
  readonly version: string;
}

/** Where programs of an operating system are. */
const folders = ["/usr/local/bin", "/usr/local/sbin", "/usr/bin", "/usr/sbin", "/bin", "/sbin"];

/** Mounts that shift ids came with 5.12, on overlays' layers with 5.19 and on tmpfs with 6.3. */
const kernelMin = { disk: [5, 19], memory: [6, 3] } as const;

/** Looks at the host; changes nothing. */
export async function readHostFacts(): Promise<HostFacts> {
  const [crun, runc, runsc] = await Promise.all([
    runtimeFact("crun"),
    runtimeFact("runc"),
    sentryFact(),
  ]);
  const seen = {
    kernel: release(),
    isRoot: process.getuid?.() === 0,
    cgroups: readCgroupLayout(),
    runtimes: { ...(crun && { crun }), ...(runc && { runc }), ...(runsc && { runsc }) },
    hasUserNamespaces: number("/proc/sys/user/max_user_namespaces") > 0,
    hasOverlay: readFileSync("/proc/filesystems", "utf8").includes("\toverlay\n"),
    hasLoopDevices: existsSync("/dev/loop-control"),
    hasNetworkTools: ["ip", "nft", "tc", "ss"].every((name) => findProgram(name) !== undefined),
  };
  return { ...seen, missing: missingOf(seen), weaker: weakerOf(seen) };
}

/** The path of a program; undefined where this host has none of that name. */
export function findProgram(name: string): string | undefined {
  return folders.map((folder) => `${folder}/${name}`).find(isExecutable);
}

type Seen = Omit<HostFacts, "missing" | "weaker">;

function missingOf(seen: Seen): readonly string[] {
  const { runtimes, cgroups } = seen;
  const checks: readonly (readonly [boolean, string])[] = [
    [process.platform === "linux", "Linux"],
    [process.arch === "x64", "an x86-64 processor: the filter of system calls is written for it"],
    [hasWarden(), "the warden program of this package"],
    [seen.isRoot, "root: name spaces, mounts and cgroups are made by it"],
    [
      runtimes.crun !== undefined || runtimes.runc !== undefined,
      "crun or runc: apt-get install crun",
    ],
    [cgroups.kind !== "none", cgroups.kind === "none" ? cgroups.reason : ""],
    [seen.hasUserNamespaces, "user name spaces: sysctl user.max_user_namespaces"],
    [seen.hasOverlay, "overlayfs: modprobe overlay"],
    [seen.hasLoopDevices, "loop devices: modprobe loop"],
    [findProgram("mkfs.ext4") !== undefined, "mkfs.ext4: apt-get install e2fsprogs"],
    [findProgram("tar") !== undefined, "tar: apt-get install tar"],
    [
      isAtLeast(seen.kernel, kernelMin.disk),
      `Linux ${kernelMin.disk.join(".")}: ids of mounts are shifted`,
    ],
  ];
  return checks.filter(([isThere]) => !isThere).map(([, what]) => what);
}

function weakerOf(seen: Seen): readonly string[] {
  const checks: readonly (readonly [boolean, string])[] = [
    [seen.hasNetworkTools, "machines have no network: apt-get install iproute2 nftables"],
    [seen.runtimes.crun !== undefined, "machines start in twice the time: apt-get install crun"],
    [
      seen.runtimes.runsc !== undefined,
      "no gVisor of 2023 or later: apt-get install runsc (Debian backports)",
    ],
    [
      isAtLeast(seen.kernel, kernelMin.memory),
      "nothing can be written to memory instead of a disk: Linux 6.3",
    ],
  ];
  return checks.filter(([isThere]) => !isThere).map(([, what]) => what);
}

async function runtimeFact(name: RuntimeProgram): Promise<RuntimeFact | undefined> {
  const path = findProgram(name);
  if (path === undefined) return undefined;
  // Asking takes long; a program that was replaced is asked again.
  const key = `${path} ${statSync(path).mtimeMs}`;
  const asked = known.get(key) ?? askVersion(path);
  known.set(key, asked);
  return asked;
}

/** Releases of gVisor before 2023 lack the platform that runs everywhere without being slow. */
async function sentryFact(): Promise<RuntimeFact | undefined> {
  const found = await runtimeFact("runsc");
  if (found === undefined) return undefined;
  const released = /(?:release-|~)(\d{4})/.exec(found.version)?.[1];
  return released !== undefined && Number(released) < sentryYearMin ? undefined : found;
}

const sentryYearMin = 2023;

const known = new Map<string, Promise<RuntimeFact | undefined>>();

async function askVersion(path: string): Promise<RuntimeFact | undefined> {
  try {
    const { stdout } = await run(path, ["--version"], { timeout: 5000 });
    return { path, version: /version (\S+)/.exec(stdout)?.[1] ?? "unknown" };
  } catch {
    return undefined;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function isAtLeast(kernel: string, [major, minor]: readonly [number, number]): boolean {
  const [first = 0, second = 0] = kernel.split(".").map((each) => Number.parseInt(each, 10));
  return first > major || (first === major && second >= minor);
}

function number(path: string): number {
  try {
    return Number(readFileSync(path, "utf8"));
  } catch {
    return 0;
  }
}
