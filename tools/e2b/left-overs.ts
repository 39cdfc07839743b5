import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";
import { digestBytes } from "@bedplate/codec";

/** Where a server keeps what belongs to machines. */
export interface ServerPlaces {
  /** The server's data folder. */
  readonly data: string;
  readonly machines: string;
  readonly records: string;
  readonly shared: string;
}

/** What there is on this computer that belongs to machines of one server, by kind. */
export type LeftOvers = Readonly<Record<string, readonly string[]>>;

/** What is there now. What stands ready for the next machine is there as well, while a server runs. */
export function findLeftOvers(places: ServerPlaces): LeftOvers {
  const owner = readFileSync(join(places.data, "place.id"), "utf8").trim();
  const mark = digestBytes(new TextEncoder().encode(`container:${owner}`)).slice(7, 13);
  return {
    processes: processesHere(),
    mounts: mountsHere(),
    namespaces: names("/run/netns").filter((each) => each !== "internet"),
    devices: devicesHere(places.shared),
    cgroups: cgroupsOf(mark),
    berths: berthsOf(places.shared, owner),
    folders: [
      ...names(join(places.machines, "disks")),
      ...["machines", "moorings"].flatMap((each) => names(join(places.records, each))),
    ],
  };
}

/** Those that are in one and not in the other. */
export function added(before: LeftOvers, after: LeftOvers): LeftOvers {
  return Object.fromEntries(
    Object.entries(after).map(([kind, all]) => {
      const known = new Set(before[kind]);
      return [kind, all.filter((each) => !known.has(each))];
    }),
  );
}

/** Whether nothing is there. */
export function isNothing(found: LeftOvers): boolean {
  return Object.values(found).every((all) => all.length === 0);
}

/** How many there are of each kind, and what, in one line. */
export function worded(found: LeftOvers): string {
  const parts = Object.entries(found).map(([kind, all]) => {
    return `${kind} ${all.length}${all.length === 0 ? "" : ` (${all.slice(0, 5).join(", ")})`}`;
  });
  return parts.join(", ");
}

/** Processes in this network name space, or in one that was made of it. */
function processesHere(): readonly string[] {
  const own = readlinkSync("/proc/self/ns/net");
  return numbers("/proc").flatMap((pid) => {
    try {
      const isHere = readlinkSync(`/proc/${pid}/ns/net`) === own || isInside(pid);
      const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0", 3).join(" ").trim();
      return isHere && pid !== String(process.pid) ? [`${pid} ${command}`] : [];
    } catch {
      return [];
    }
  });
}

/** Whether a process is in one of the network name spaces that have a name here. */
function isInside(pid: string): boolean {
  const inode = Number(readlinkSync(`/proc/${pid}/ns/net`).replace(/\D/g, ""));
  return names("/run/netns").some((each) => statSync(join("/run/netns", each)).ino === inode);
}

/** Without the bridge while other servers of this computer are on record as its users. */
function devicesHere(shared: string): readonly string[] {
  const own = ["lo", "world0"];
  if (names(join(shared, "bridge-users")).length > 0) own.push("bedplate0");
  return names("/sys/class/net").filter((each) => !own.includes(each));
}

function mountsHere(): readonly string[] {
  const lines = readFileSync("/proc/self/mounts", "utf8").split("\n");
  return lines.map((line) => line.split(" ")[1] ?? "").filter((each) => each !== "");
}

function cgroupsOf(mark: string): readonly string[] {
  const root = "/sys/fs/cgroup";
  const roots = [root, ...names(root).map((each) => join(root, each))];
  return roots.flatMap((each) => {
    const folder = join(each, "bedplate", mark);
    const machines = names(folder).filter((name) => statSync(join(folder, name)).isDirectory());
    return machines.map((name) => join(folder, name));
  });
}

function berthsOf(shared: string, owner: string): readonly string[] {
  const folder = join(shared, "berths");
  return names(folder).filter((each) => {
    try {
      return JSON.parse(readFileSync(join(folder, each, "holder.json"), "utf8")).owner === owner;
    } catch {
      return false;
    }
  });
}

function numbers(folder: string): readonly string[] {
  return names(folder).filter((each) => /^\d+$/.test(each));
}

function names(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
