import { newId, systemRandom, untilAborted } from "@bedplate/clock";
import type { Call, ExecDriver, ExecRequest } from "@bedplate/environment";
import { FaultError, raise } from "@bedplate/errors";
import type { FakeMachine } from "./fake-machine.ts";
import { FakeProcess } from "./fake-process.ts";
import { type MachineStep, parseMachineSteps } from "./machine-step.ts";

/** `exec` of a fake machine. */
export function fakeExec(machine: FakeMachine): ExecDriver {
  const begin = (verb: "start" | "write" | "signal" | "output", { signal }: Call) =>
    machine.operations.begin(`exec.${verb}`, signal);
  return {
    async start(request, call) {
      await begin("start", call);
      const process = startProcess(machine, request);
      return process.facts;
    },
    async *output({ process, from }, call) {
      await begin("output", call);
      yield* machine.process(process).log.read(from, call.signal);
    },
    wait: async ({ process }, call) => untilAborted(machine.process(process).ended, call.signal),
    async write({ process, data }, call) {
      await begin("write", call);
      await machine.process(process).input.write(data, call.signal);
    },
    closeInput: async ({ process }) => machine.process(process).input.close(),
    async signal({ process, name }, call) {
      await begin("signal", call);
      await machine.process(process).kill(name);
    },
    async resize({ process, size }) {
      const found = machine.process(process);
      if (found.state.request.tty === undefined) throw invalid("/process", "has no terminal");
      found.size = size;
      found.onSize();
    },
    list: async () => machine.processes.map(({ facts }) => facts),
  };
}

function startProcess(machine: FakeMachine, request: ExecRequest): FakeProcess {
  const steps = stepsOf(machine, request);
  machine.user(request.user);
  machine.demandSlot();
  const now = machine.clock.now();
  const process = new FakeProcess(machine, {
    id: newId("process", now, systemRandom),
    pid: machine.nextPid(),
    request,
    startedAt: Math.round(now),
    steps,
    at: 0,
    count: 0,
    memoryBytes: 0,
    children: 0,
    written: 0,
  });
  machine.add(process);
  process.run();
  return process;
}

function stepsOf(machine: FakeMachine, { argv }: ExecRequest): readonly MachineStep[] {
  const [name = ""] = argv;
  const program = machine.image.programs?.[name];
  if (program !== undefined) return program;
  const steps = (name === "/bin/sh" && argv[1] === "-c" ? argv[2] : argv[1]) ?? "";
  if (name !== "do" && name !== "/bin/sh")
    throw invalid("/argv", "names no program of this machine");
  try {
    return parseMachineSteps(JSON.parse(steps));
  } catch (cause) {
    // What cannot be read quotes the caller, so its words stay out of the fault itself.
    throw new FaultError(invalid("/argv", "are no steps of a fake machine").fault, { cause });
  }
}

function invalid(path: string, rule: string): FaultError {
  return raise("argument.invalid", {
    op: "instance.exec",
    detail: { path, rule },
    message: `Cannot do it in the machine: ${path} ${rule}`,
  });
}
