import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { digestBytes } from "@bedplate/codec";
import { expect } from "vitest";
import { readCgroupLayout } from "../src/cgroup/cgroup-layout.ts";
import { Cgroups } from "../src/cgroup/cgroups.ts";
import { namesIn, textOf } from "../src/host/look.ts";
import { bridgeName, namespaceFolder } from "../src/network/addresses.ts";

/** Everything on this host that bears an owner's mark or lies in its folder. */
export function leftBy(owner: string, folder: string): readonly string[] {
  const mark = digestBytes(new TextEncoder().encode(`container:${owner}`)).slice(7, 13);
  return [
    ...processes(folder),
    ...new Cgroups({ layout: readCgroupLayout(), parent: `bedplate/${mark}` })
      .list()
      .map((each) => `cgroup ${each}`),
    ...foldersNamed(mark),
    ...namesIn(namespaceFolder)
      .filter((each) => each.includes(`-${mark}-`))
      .map((each) => `network ${each}`),
    ...mounts(folder),
    ...loops(folder),
    ...namesIn(`${folder}/state/machines`).map((each) => `machine ${each}`),
    ...namesIn(`${folder}/data/disks`).map((each) => `disk ${each}`),
  ];
}

/** The kernel lets a disk go a moment after the last mount of it; that moment is waited for. */
export async function nothingLeft(owner: string, folder: string): Promise<void> {
  await expect.poll(() => leftBy(owner, folder), { timeout: 5000 }).toEqual([]);
}

/** Folders of an owner in hierarchies of version 1 that bound no machine: a runtime may have made them. */
function foldersNamed(mark: string): readonly string[] {
  const layout = readCgroupLayout();
  const others = (layout.kind === "v1" && layout.others) || [];
  const paths = others.map((root) => `${root}/bedplate/${mark}`);
  return paths.filter((each) => existsSync(each)).map((each) => `cgroup ${each}`);
}

/** Machines that are plugged into the bridge, of all owners. */
export function devices(): readonly string[] {
  return namesIn(`/sys/class/net/${bridgeName}/brif`);
}

function processes(folder: string): readonly string[] {
  return namesIn("/proc")
    .filter((each) => /^\d+$/.test(each) && Number(each) !== process.pid)
    .flatMap((pid) => {
      const command = textOf(`/proc/${pid}/cmdline`).replaceAll("\0", " ");
      return command.includes(`${folder}/`) ? [`process ${command.slice(0, 120)}`] : [];
    });
}

function mounts(folder: string): readonly string[] {
  const lines = textOf("/proc/self/mountinfo").split("\n");
  return lines.filter((line) => line.includes(folder)).map((line) => `mount ${line}`);
}

function loops(folder: string): readonly string[] {
  const said = execFileSync("losetup", [
    "--list",
    "--noheadings",
    "--output",
    "BACK-FILE",
  ]).toString();
  return said
    .split("\n")
    .filter((line) => line.includes(folder))
    .map((line) => `loop ${line}`);
}
