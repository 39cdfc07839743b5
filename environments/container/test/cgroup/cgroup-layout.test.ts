import { describe, expect, it } from "vitest";
import { readCgroupLayout } from "../../src/cgroup/cgroup-layout.ts";

const v1 = ["memory", "cpu,cpuacct", "pids", "freezer"]
  .map(
    (name, at) =>
      `${30 + at} 24 0:${30 + at} / /sys/fs/cgroup/${name} rw,nosuid - cgroup cgroup rw,${name}`,
  )
  .join("\n");
const v2 = "40 24 0:40 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw";

describe("the layout of cgroups", () => {
  it("is version 2 where that is the only one", () => {
    expect(readCgroupLayout(v2.replace("/unified", ""))).toEqual({
      kind: "v2",
      mount: "/sys/fs/cgroup",
    });
  });

  it("is version 1 where controllers have mounts, with the empty hierarchy beside them", () => {
    expect(readCgroupLayout(`${v1}\n${v2}\n`)).toMatchObject({
      kind: "v1",
      mounts: { cpu: "/sys/fs/cgroup/cpu,cpuacct", cpuacct: "/sys/fs/cgroup/cpu,cpuacct" },
      unified: "/sys/fs/cgroup/unified",
    });
    expect(readCgroupLayout(v1)).not.toHaveProperty("unified");
    const named = "50 24 0:50 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd";
    expect(readCgroupLayout(`${v1}\n${named}`)).toMatchObject({
      others: ["/sys/fs/cgroup/systemd"],
    });
  });

  it("is none where a controller is lacking, and says which", () => {
    const reason = "no cgroup controller freezer is mounted";
    expect(readCgroupLayout(v1.split("\n").slice(0, 3).join("\n"))).toEqual({
      kind: "none",
      reason,
    });
    expect(readCgroupLayout("")).toEqual({ kind: "none", reason: "no cgroups are mounted" });
  });
});
