import { FaultError } from "@bedplate/errors";
import { type EndedSpan, watchSpans } from "@bedplate/telemetry";
import type { Instance } from "../gate/instance.ts";
import type { CaseRig } from "./case-rig.ts";
import { show, thrownBy } from "./expectations.ts";

/** Plants a secret wherever a guest's bytes go, and gathers the texts of every place that has to be free of it. */
export async function gatherSecrets(
  rig: CaseRig,
  secret: string,
): Promise<Readonly<Record<string, string>>> {
  const spans: EndedSpan[] = [];
  using _watching = watchSpans((span) => spans.push(span));
  const { environment, host } = await rig.open();
  const instance = await rig.instance("echo", { environment });
  const faults: unknown[] = [];
  const gather = async (work: () => unknown) => faults.push(await thrownBy(work));
  if (rig.declares("invoke")) {
    await rig.run(instance, "echo", { payload: secret });
    const odd = { payload: secret, entry: "no-such-entry" };
    await gather(() => rig.run(instance, "echo", odd));
    await gather(() => rig.run(instance, "echo", { payload: secret, budget: { fuel: -1 } }));
    await gather(() => rig.run(instance, "echo", { payload: secret, seed: new Uint8Array(1) }));
    for (const name of ["fail", "trap"] as const) {
      if (rig.subject.programs[name] === undefined) continue;
      const failing = await rig.instance(name, { environment });
      const { outcome } = await rig.run(failing, name, { payload: secret });
      if (outcome.kind === "trapped") faults.push(outcome.reason);
    }
  }
  if (rig.declares("exec")) await whisper(rig, { instance, secret, gather });
  const artifact = host.add(brokenBy(rig, secret));
  const admission = await environment.admit(artifact, rig.call());
  const labels = { hidden: secret };
  await gather(() => environment.create({ ...rig.spec("echo"), artifact, labels }, rig.call()));
  const status = await instance.status(rig.call());
  return {
    faults: faults.map(textOf).join("\n"),
    spans: show(spans),
    logs: host.logLines.join("\n"),
    handle: show([instance.handle, Buffer.from(instance.handle.state).toString("latin1")]),
    status: show(status),
    admission: show(admission),
  };
}

/** Gives the secret to processes: as an argument, a variable, as input, and in what cannot be started. */
async function whisper(
  rig: CaseRig,
  options: {
    readonly instance: Instance;
    readonly secret: string;
    readonly gather: (work: () => unknown) => Promise<unknown>;
  },
): Promise<void> {
  const { instance, secret, gather } = options;
  const exec = instance.facet("exec");
  const env = { SECRET: secret };
  const say = rig.subject.machine?.commands.say?.(secret) ?? [secret];
  await gather(async () => {
    const { id } = await exec.start({ argv: say, env }, rig.call());
    await Array.fromAsync(exec.output({ process: id, from: 0 }, rig.call()));
    const data = Buffer.from(secret);
    await exec.write({ process: id, data }, rig.call());
  });
  await gather(() => exec.start({ argv: [`/no/${secret}`], env }, rig.call()));
  await gather(() => exec.start({ argv: [secret, "\0"], env }, rig.call()));
  await gather(() => exec.start({ argv: say, env: { "A=": secret } }, rig.call()));
}

/** The subject's own corrupt artifact with the secret behind it: refused everywhere, and quoted nowhere. */
function brokenBy(rig: CaseRig, secret: string): Uint8Array {
  const corrupt = rig.subject.programs.corrupt?.artifact ?? Buffer.from('{"broken ');
  return new Uint8Array(Buffer.concat([corrupt, Buffer.from(secret)]));
}

function textOf(thrown: unknown): string {
  if (thrown instanceof FaultError) return show(thrown.fault);
  return thrown instanceof Error ? `${thrown.name} ${thrown.message}` : show(thrown);
}
