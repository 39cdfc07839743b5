import type { FacetName } from "../../facets/facet-spec.ts";
import type { Manifest } from "../../manifest.ts";
import type { CaseRig } from "../case-rig.ts";
import type { CaseRequirement } from "../conformance-case.ts";
import { ensureFault } from "../expectations.ts";
import { facet } from "../requirements.ts";
import { type MachineRig, openMachine, streamOf } from "./machine-rig.ts";

/** A facet's parameter; its twin, where the facet itself is there: using it is `capability.undeclared`. */
function parameter(
  name: FacetName,
  options: {
    readonly text: string;
    readonly holds: (manifest: Manifest) => boolean;
    readonly use: (machine: MachineRig, rig: CaseRig) => Promise<unknown>;
  },
): CaseRequirement {
  const { text, holds, use } = options;
  return {
    text,
    holds,
    async refuse(rig) {
      if (!rig.declares(name)) return facet(name).refuse(rig);
      const machine = await openMachine(rig);
      const expected = { code: "capability.undeclared", effect: "none" } as const;
      await ensureFault(() => use(machine, rig), expected);
    },
  };
}

/** Processes can have a terminal. */
export const terminals: CaseRequirement = parameter("exec", {
  text: "exec.tty",
  holds: ({ declares }) => declares.exec?.tty === true,
  use: (machine) => machine.start(["any"], { tty: { columns: 80, rows: 24 } }),
});

/** Machines can have folders that outlive them. */
export const keepsVolumes: CaseRequirement = parameter("exec", {
  text: "exec.volumes",
  holds: ({ declares }) => declares.exec?.volumes === true,
  use: (_machine, rig) =>
    rig.instance("echo", {
      spec: { volumes: [{ volume: "any", path: "/data", isReadOnly: false, bytes: 1 }] },
    }),
});

/** Changes of files can be watched. */
export const watching: CaseRequirement = parameter("files", {
  text: "files.watch",
  holds: ({ declares }) => declares.files?.watch === true,
  async use(machine, rig) {
    for await (const _ of machine.files.watch({ path: "/" }, rig.call())) return;
  },
});

/** Files carry attributes. */
export const attributes: CaseRequirement = parameter("files", {
  text: "files.attributes",
  holds: ({ declares }) => declares.files?.attributes === true,
  use: (machine, rig) =>
    machine.files.write(
      { path: machine.path("a"), body: streamOf(""), attributes: { a: "b" } },
      rig.call(),
    ),
});

/** The file system can be captured alone. */
export const fileSnapshots: CaseRequirement = scope("files");

/** A machine can be captured with its processes. */
export const machineSnapshots: CaseRequirement = scope("machine");

/** What was added can be captured as a layer. */
export const layerSnapshots: CaseRequirement = scope("layer");

function scope(name: "files" | "machine" | "layer"): CaseRequirement {
  return parameter("snapshot", {
    text: `snapshot.scopes: ${name}`,
    holds: ({ declares }) => declares.snapshot?.scopes.includes(name) === true,
    use: (machine, rig) =>
      machine.instance.facet("snapshot").capture({ scope: name, sink: async () => {} }, rig.call()),
  });
}

/** A capture can leave out what an earlier one has. */
export const increments: CaseRequirement = parameter("snapshot", {
  text: "snapshot.incremental",
  holds: ({ declares }) => declares.snapshot?.incremental === true,
  async use(machine, rig) {
    const [name = "files"] = rig.manifest.declares.snapshot?.scopes ?? [];
    const snapshot = machine.instance.facet("snapshot");
    const sink = async () => {};
    const parent = await snapshot.capture({ scope: name, sink }, rig.call());
    await snapshot.capture({ scope: name, sink, parent }, rig.call());
  },
});

/** A snapshot can be restored more than once; where it cannot, SN-10 looks. */
export const manyClones: CaseRequirement = clones("many");

/** A snapshot can be restored once; where it can more often, SN-09 looks. */
export const singleClones: CaseRequirement = clones("single");

function clones(kind: "single" | "many"): CaseRequirement {
  return {
    text: `snapshot.clones: ${kind}`,
    holds: ({ declares }) => declares.snapshot?.clones === kind,
    async refuse(rig) {
      if (!rig.declares("snapshot")) await facet("snapshot").refuse(rig);
    },
  };
}

/** A rule may name a domain. */
export const domainRules: CaseRequirement = rule("domain", { domain: "example.org" });

/** A rule may name ports. */
export const portRules: CaseRequirement = rule("port", { ports: { from: 1, to: 2 } });

function rule(
  match: "domain" | "port",
  named: { readonly domain?: string; readonly ports?: { from: number; to: number } },
): CaseRequirement {
  return parameter("egress", {
    text: `egress.matches: ${match}`,
    holds: ({ declares }) => declares.egress?.matches.includes(match) === true,
    use: (machine, rig) =>
      machine.instance
        .facet("egress")
        .set({ rules: [{ action: "allow", ...named }], otherwise: "deny" }, rig.call()),
  });
}
