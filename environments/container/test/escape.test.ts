import { readHostFacts } from "@bedplate/environment-container";
import { expect, it } from "vitest";
import { describeOnHost } from "./describe-on-host.ts";
import { type EscapeCheck, escapeChecks, escapeProgram } from "./escape-checks.ts";
import { leftBy } from "./leaks.ts";
import { MachineRig } from "./machine-rig.ts";

const { missing, runtimes } = await readHostFacts();

/** What a machine's own root user may do to what is the machine's. */
const rootMay = new Set([
  "become root",
  "join root's group",
  "drop its groups",
  "have any capability",
  "change the root",
  "write the list of users",
  "replace the agent's file",
  "gain by a set-user-id program",
  "take capabilities",
  "write into /dev",
  "list its descriptors",
]);

describeOnHost("what code in a machine tries", missing, () => {
  it("has at least eighty ways", () => {
    expect(escapeChecks.length).toBeGreaterThanOrEqual(80);
    expect(new Set(escapeChecks.map(({ name }) => name)).size).toBe(escapeChecks.length);
  });

  const present = (["crun", "runc"] as const).filter((each) => runtimes[each] !== undefined);
  it.each(present)("gets through nowhere with %s", async (runtime) => {
    await using rig = await MachineRig.open({ runtime, warmNetworks: 0 });
    const machine = await rig.machine();
    expect(await attempts(rig, machine)).toEqual([]);
    await rig.close();
    expect(leftBy(rig.owner, rig.folder)).toEqual([]);
  });

  it("gets through nowhere as the machine's own root user", async () => {
    await using rig = await MachineRig.open({ warmNetworks: 0 });
    const machine = await rig.machine({ config: { user: "root" } });
    const through = await attempts(rig, machine);
    expect(through.filter((each) => !rootMay.has(each))).toEqual([]);
  });
});

async function attempts(
  rig: MachineRig,
  machine: Awaited<ReturnType<MachineRig["machine"]>>,
): Promise<readonly string[]> {
  const program = escapeProgram(escapeChecks);
  const body = new Blob([program]).stream();
  await machine.facets.files.write({ path: "/tmp/tries.pl", body }, rig.call());
  const { stdout, stderr, exit } = await rig.run(machine, ["/usr/bin/perl", "/tmp/tries.pl"]);
  expect({ exit: exit.code, stderr, last: stdout.trim().split("\n").at(-1) }).toEqual({
    exit: 0,
    stderr: "",
    last: "end",
  });
  return stdout
    .trim()
    .split("\n")
    .slice(0, -1)
    .map((each) => nameOf(escapeChecks, each));
}

function nameOf(checks: readonly EscapeCheck[], index: string): string {
  return checks[Number(index)]?.name ?? `check ${index}`;
}
