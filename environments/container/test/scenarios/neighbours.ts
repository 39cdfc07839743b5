import type { ContainerConfig } from "@bedplate/environment-container";
import { type ContainerInstance, MachineRig } from "../machine-rig.ts";

const mebibyte = 1024 * 1024;
const perl = (script: string): readonly string[] => ["/usr/bin/perl", "-e", script];

/** What a tenant does who wants all of the host for itself, without end. */
const attacks: Readonly<Record<string, readonly string[]>> = {
  "fork bomb": perl("for (;;) { fork }"),
  "memory hog": perl(
    "for (;;) { if (my $p = fork) { waitpid $p, 0 } else { $x .= 'x' x 1e6 while 1 } }",
  ),
  "CPU hog": perl("fork; fork; fork; 1 while 1"),
  "disk fill": perl(
    "for (;;) { open F, '>', '/home/user/big'; 1 while syswrite F, 'x' x 1e6; unlink '/home/user/big' }",
  ),
  "inode fill": perl(
    "mkdir '/home/user/n'; for (;;) { for ($n = 0; open F, '>', '/home/user/n/'.$n; $n++) { close F } unlink glob '/home/user/n/*' }",
  ),
  "shared memory fill": perl(
    "for (;;) { open F, '>', '/dev/shm/big'; 1 while syswrite F, 'x' x 1e6; unlink '/dev/shm/big' }",
  ),
  "output flood": ["/usr/bin/yes", "a line that somebody has to read, as long as they last"],
  "descriptor flood": perl(
    "for (;;) { my @h; for (;;) { open my $f, '<', '/etc/passwd' or last; push @h, $f } }",
  ),
  "watch flood": perl(
    "for (;;) { my $f = syscall 294, 0; if ($f < 0) { select undef, undef, undef, 0.01 } }",
  ),
  "packet flood": perl(
    "socket S, 2, 2, 17; for (;;) { send S, 'x' x 1400, 0, pack('Sna4x8', 2, 9, pack('C4', 203, 0, 113, 77)) }",
  ),
};

export interface NeighbourOptions {
  /** How long each measurement takes. */
  readonly windowMs: number;
  readonly only?: readonly string[] | undefined;
  /** Of the release; default: none, which is the standard. */
  readonly config?: ContainerConfig | undefined;
}

export interface NeighbourResult {
  /** Work of a neighbour in a window with nobody else there. */
  readonly alone: number;
  /** What of it is left beside each attack. */
  readonly shares: Readonly<Record<string, number>>;
}

/**
 * One machine works; beside it another one, with the same bounds, attacks in each way in turn. Says
 * how much of its work the first one still gets done: before and after each attack it is measured
 * alone, so that other things that the host does meanwhile count less.
 */
export async function neighbourScenario(options: NeighbourOptions): Promise<NeighbourResult> {
  const { windowMs, only = Object.keys(attacks), config } = options;
  await using rig = await MachineRig.open({ warmNetworks: 1, ...config });
  const caps = { cpuMillis: 500, memoryBytes: 128 * mebibyte, processes: 64 };
  const machine = await rig.machine({ caps });
  const work = () => workOf(rig, machine, windowMs);
  await work();
  const alone: number[] = [await work()];
  const shares: Record<string, number> = {};
  for (const name of only) {
    const attacker = await rig.machine({ caps, egress: { rules: [], otherwise: "allow" } });
    const asked = { argv: attacks[name] ?? [] };
    const attack = await attacker.facets.exec.start(asked, rig.call());
    const reading = readAll(rig, attacker, attack.id);
    await new Promise((resolve) => setTimeout(resolve, windowMs / 4));
    const done = await work();
    await rig.release(attacker);
    await reading;
    alone.push(await work());
    shares[name] = done / Math.max(1, mean(alone.slice(-2)));
  }
  await rig.release(machine);
  return { alone: mean(alone), shares };
}

/** Rounds of arithmetic, a child process and a file, in a window of time. */
async function workOf(rig: MachineRig, machine: ContainerInstance, ms: number): Promise<number> {
  const script = `use Time::HiRes 'time'; my $end = time + ${ms / 1000}; while (time < $end) { my $x = 0; $x += $_ for 1 .. 20000; if (my $p = fork) { waitpid $p, 0 } else { exit } open F, '>', '/home/user/f'; print F 'x' x 65536; close F; $n++ } print $n`;
  return Number((await rig.run(machine, perl(script))).stdout);
}

/** Reads what an attack prints, as an owner would, until the machine has gone. */
async function readAll(
  rig: MachineRig,
  machine: ContainerInstance,
  process: string,
): Promise<void> {
  try {
    for await (const _ of machine.facets.exec.output({ process, from: 0 }, rig.call(120_000))) {
      // Nobody looks at it.
    }
  } catch {
    // It ends when its machine does.
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, each) => sum + each, 0) / values.length;
}
