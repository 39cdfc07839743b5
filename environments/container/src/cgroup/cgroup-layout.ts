import { readFileSync } from "node:fs";

/** Controllers that bound a machine. */
export const controllers = ["memory", "cpu", "cpuacct", "pids", "freezer"] as const;

export type Controller = (typeof controllers)[number];

/** Version 1: a mount for each controller; `unified` where an empty version 2 hierarchy is beside them. */
export interface V1Layout {
  readonly kind: "v1";
  readonly mounts: Readonly<Record<Controller, string>>;
  readonly unified?: string | undefined;
  /** Mounts of hierarchies that bound nothing of ours; a runtime may use them. */
  readonly others?: readonly string[] | undefined;
}

/** Version 2: one mount. */
export interface V2Layout {
  readonly kind: "v2";
  readonly mount: string;
}

/** How this host's cgroups are laid out, or why they cannot bound a machine. */
export type CgroupLayout = V1Layout | V2Layout | { readonly kind: "none"; readonly reason: string };

/** Reads the layout from the mounts that this process sees. */
export function readCgroupLayout(mountInfo?: string): CgroupLayout {
  const mounts = parseMounts(mountInfo ?? readFileSync("/proc/self/mountinfo", "utf8"));
  const unified = mounts.find((each) => each.type === "cgroup2")?.path;
  const first = mounts.filter((each) => each.type === "cgroup");
  if (first.length === 0 && unified !== undefined) return { kind: "v2", mount: unified };
  if (first.length === 0) return { kind: "none", reason: "no cgroups are mounted" };
  const found = controllers.map((name) => [
    name,
    first.find((each) => each.options.includes(name))?.path,
  ]);
  const lacking = found.filter(([, path]) => path === undefined).map(([name]) => name);
  if (lacking.length > 0) {
    return { kind: "none", reason: `no cgroup controller ${lacking.join(", ")} is mounted` };
  }
  const byName = Object.fromEntries(found) as Record<Controller, string>;
  const ours = Object.values(byName);
  const others = first.map((each) => each.path).filter((path) => !ours.includes(path));
  return { kind: "v1", mounts: byName, ...(unified !== undefined && { unified }), others };
}

interface Mounted {
  readonly path: string;
  readonly type: string;
  readonly options: readonly string[];
}

// A line is `id parent major:minor root path options [tags] - type source superOptions`.
function parseMounts(text: string): readonly Mounted[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [before = "", after = ""] = line.split(" - ");
      const [type = "", , options = ""] = after.split(" ");
      return { path: before.split(" ")[4] ?? "", type, options: options.split(",") };
    });
}
