import type { CaseRig } from "../case-rig.ts";
import { ensure, ensureEqual } from "../expectations.ts";
import { command, type MachineRig, openMachine } from "./machine-rig.ts";

const floodBytes: number = 10 * 1024 * 1024;

/** How often a stalled process is looked at; each look is one way there and back. */
const looks = 20;

/** EX-05: reads a little, stalls, and then reads the rest. */
export async function pourTo(rig: CaseRig): Promise<void> {
  const machine = await openMachine(rig);
  const process = await machine.start(command(rig, "flood")(floodBytes));
  const { id } = process;
  const stream = machine.exec.output({ process: id, from: 0 }, rig.call());
  let bytes = 0;
  for await (const { at, data } of stream) {
    ensureEqual(at, bytes, "position");
    if (bytes === 0) await staysBehind(machine, id);
    bytes += data.length;
  }
  ensureEqual(bytes, floodBytes, "bytes");
  const { code } = await machine.exec.wait({ process: id }, rig.call());
  ensureEqual(code, 0, "exit code");
  // Whoever leaves lets it run on, and what is kept is its end.
  const unread = await machine.start(command(rig, "flood")(floodBytes));
  for await (const _ of machine.exec.output({ process: unread.id, from: 0 }, rig.call())) break;
  const exit = await machine.exec.wait({ process: unread.id }, rig.call());
  ensureEqual(exit.code, 0, "exit code of a process that nobody reads");
  let [first, last] = [-1, 0];
  for await (const { at, data } of machine.exec.output(
    { process: unread.id, from: 0 },
    rig.call(),
  )) {
    if (first < 0) first = at;
    last = at + data.length;
  }
  ensureEqual(last, floodBytes, "where the kept output ends");
  ensure(first > 0, "all of it was kept");
}

// Another process of the same length is read to its end meanwhile: whoever takes in what nobody reads
// has had the time for it.
async function staysBehind(machine: MachineRig, id: string): Promise<void> {
  const { rig } = machine;
  const { exit } = await machine.run(command(rig, "flood")(floodBytes));
  ensureEqual(exit.code, 0, "exit code of a process beside one that nobody reads");
  for (let i = 0; i < looks; i++) {
    const listed = (await machine.exec.list(rig.call())).find((each) => each.id === id);
    ensureEqual(listed?.exit, undefined, "the end of a process that nobody read");
  }
}
