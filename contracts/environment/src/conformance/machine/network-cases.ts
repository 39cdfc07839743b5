import type { EgressPolicy } from "../../facets/egress.ts";
import type { ServeProtocol } from "../../facets/serve.ts";
import type { Environment } from "../../gate/environment.ts";
import type { CaseRig } from "../case-rig.ts";
import type { ConformanceCase } from "../conformance-case.ts";
import { ensure, ensureEqual, ensureFault } from "../expectations.ts";
import { all, facet } from "../requirements.ts";
import { domainRules, portRules } from "./machine-requirements.ts";
import { command, type MachineRig, openMachine } from "./machine-rig.ts";
import { isReachable, talk } from "./talk.ts";

const serve = all(facet("serve"), facet("exec"));
const egress = all(facet("egress"), facet("exec"));
const undeclared = { code: "capability.undeclared", effect: "none" } as const;
const port = 8080;

/** SV and EG: the ways into a machine and out of it. */
export const networkCases: readonly ConformanceCase[] = [
  {
    id: "SV-01",
    law: "An exposed port is reached, both ways, and exposing it again gives the same address",
    requires: serve,
    commands: ["listen"],
    async run(rig) {
      const machine = await openMachine(rig);
      await listening(machine, "hello ");
      for (const protocol of protocolsOf(rig)) {
        const request = { port, protocol };
        const endpoint = await machine.instance.facet("serve").expose(request, rig.call());
        ensureEqual(await talk(endpoint, "echo", "hello echo"), "hello echo", "what came back");
        const again = await machine.instance.facet("serve").expose(request, rig.call());
        ensureEqual(again, endpoint, "the endpoint the second time");
      }
    },
  },
  {
    id: "SV-02",
    law: "A withdrawn port is reached no more, and withdrawing twice does nothing",
    requires: serve,
    commands: ["listen"],
    async run(rig) {
      const machine = await openMachine(rig);
      await listening(machine, "hello ");
      const request = { port, protocol: protocolsOf(rig)[0] ?? "tcp" };
      const facetOf = machine.instance.facet("serve");
      const endpoint = await facetOf.expose(request, rig.call());
      await talk(endpoint, "x", "hello x");
      await facetOf.withdraw(request, rig.call());
      await facetOf.withdraw(request, rig.call());
      ensure(!(await isReachable(endpoint)), "it is still reached");
    },
  },
  {
    id: "SV-03",
    law: "The address stays the same while the machine pauses",
    requires: all(serve, facet("pause")),
    commands: ["listen"],
    async run(rig) {
      const machine = await openMachine(rig);
      await listening(machine, "hello ");
      const request = { port, protocol: protocolsOf(rig)[0] ?? "tcp" };
      const endpoint = await machine.instance.facet("serve").expose(request, rig.call());
      await machine.instance.facet("pause").pause(rig.call());
      await machine.instance.facet("pause").resume(rig.call());
      ensureEqual(await talk(endpoint, "x", "hello x"), "hello x", "what came back afterwards");
      const again = await machine.instance.facet("serve").expose(request, rig.call());
      ensureEqual(again, endpoint, "the endpoint afterwards");
    },
  },
  {
    id: "SV-04",
    law: "Two machines serve the same port, each its own",
    requires: serve,
    commands: ["listen"],
    async run(rig) {
      const machines = [await openMachine(rig), await openMachine(rig)];
      const request = { port, protocol: protocolsOf(rig)[0] ?? "tcp" };
      const endpoints = [];
      for (const [at, machine] of machines.entries()) {
        await listening(machine, `machine ${at} `);
        endpoints.push(await machine.instance.facet("serve").expose(request, rig.call()));
      }
      for (const [at, endpoint] of endpoints.entries()) {
        const wanted = `machine ${at} x`;
        ensureEqual(await talk(endpoint, "x", wanted), wanted, "who answered");
      }
    },
  },
  {
    id: "SV-05",
    law: "A protocol that is not declared, and what is no port, are refused",
    requires: facet("serve"),
    async run(rig) {
      const facetOf = (await openMachine(rig)).instance.facet("serve");
      const declared = protocolsOf(rig);
      for (const protocol of ["tcp", "udp", "http", "h2"] as const) {
        if (declared.includes(protocol)) continue;
        await ensureFault(() => facetOf.expose({ port, protocol }, rig.call()), undeclared);
      }
      const [protocol = "tcp"] = declared;
      for (const odd of [0, -1, 65_536, 1.5]) {
        await ensureFault(() => facetOf.expose({ port: odd, protocol }, rig.call()), {
          code: "argument.invalid",
          effect: "none",
        });
      }
    },
  },
  {
    id: "SV-06",
    law: "When a machine ends its ports are nobody's",
    requires: serve,
    commands: ["listen"],
    async run(rig) {
      const machine = await openMachine(rig);
      await listening(machine, "hello ");
      const request = { port, protocol: protocolsOf(rig)[0] ?? "tcp" };
      const endpoint = await machine.instance.facet("serve").expose(request, rig.call());
      await talk(endpoint, "x", "hello x");
      await rig.retire(machine.instance);
      ensure(!(await isReachable(endpoint)), "it is still reached");
    },
  },
  {
    id: "EG-01",
    law: "Without a policy nothing is reached, and an undeclared policy is refused at creation",
    requires: egress,
    commands: ["connect"],
    async run(rig) {
      const { open } = outsideOf(rig);
      const machine = await openMachine(rig);
      ensureEqual(await connect(machine, open), "closed", "a public host");
    },
  },
  {
    id: "EG-02",
    law: "The first rule that matches decides, and what none matches is decided by `otherwise`",
    requires: egress,
    commands: ["connect"],
    async run(rig) {
      const { open } = outsideOf(rig);
      const cidr = `${open.address}/${open.address.includes(":") ? 128 : 32}`;
      const rows: readonly (readonly [EgressPolicy, string])[] = [
        [{ rules: [], otherwise: "allow" }, "open"],
        [{ rules: [{ action: "allow", cidr }], otherwise: "deny" }, "open"],
        [{ rules: [{ action: "deny", cidr }], otherwise: "allow" }, "closed"],
        [{ rules: [{ action: "allow", cidr }, { action: "deny" }], otherwise: "deny" }, "open"],
        [{ rules: [{ action: "deny" }, { action: "allow", cidr }], otherwise: "allow" }, "closed"],
        [{ rules: [{ action: "allow", cidr: "198.18.0.0/15" }], otherwise: "deny" }, "closed"],
      ];
      for (const [policy, expected] of rows) {
        const machine = await openMachine(rig, { spec: { egress: policy } });
        ensureEqual(await connect(machine, open), expected, JSON.stringify(policy));
        await rig.retire(machine.instance);
      }
    },
  },
  {
    id: "EG-03",
    law: "A policy is replaced while the machine runs: it holds for new connections, and cuts old ones that it denies",
    requires: egress,
    commands: ["connect", "hold"],
    async run(rig) {
      const { open } = outsideOf(rig);
      const allow: EgressPolicy = { rules: [], otherwise: "allow" };
      const machine = await openMachine(rig, { spec: { egress: allow } });
      const holding = await machine.start(command(rig, "hold")(open.address, open.port));
      await machine.until(holding, "open");
      const facetOf = machine.instance.facet("egress");
      await facetOf.set({ rules: [], otherwise: "deny" }, rig.call());
      ensureEqual(await connect(machine, open), "closed", "a new connection");
      await machine.until(holding, "cut");
      await facetOf.set(allow, rig.call());
      ensureEqual(await connect(machine, open), "open", "once it is allowed again");
    },
  },
  {
    id: "EG-04",
    law: "What is not public is reached only where a rule with its addresses allows it",
    requires: egress,
    commands: ["connect"],
    async run(rig) {
      const { inside } = outsideOf(rig);
      const cidr = `${inside.address}/${inside.address.includes(":") ? 128 : 32}`;
      const rows: readonly (readonly [EgressPolicy, string])[] = [
        [{ rules: [], otherwise: "allow" }, "closed"],
        [{ rules: [{ action: "allow" }], otherwise: "allow" }, "closed"],
        [{ rules: [{ action: "allow", cidr }], otherwise: "deny" }, "open"],
      ];
      const machine = await openMachine(rig);
      for (const [policy, expected] of rows) {
        await machine.instance.facet("egress").set(policy, rig.call());
        ensureEqual(await connect(machine, inside), expected, JSON.stringify(policy));
      }
    },
  },
  {
    id: "EG-05",
    law: "A rule may name a host, or all below one",
    requires: all(egress, domainRules),
    commands: ["connect"],
    async run(rig) {
      const { open } = outsideOf(rig);
      const { name = "" } = open;
      ensure(name !== "", "the subject names no host outside");
      const parent = name.slice(name.indexOf(".") + 1);
      const machine = await openMachine(rig);
      const at = { ...open, address: name };
      for (const [domain, expected] of [
        [name, "open"],
        [`*.${parent}`, "open"],
        [`*.${name}`, "closed"],
        [`other.${parent}`, "closed"],
      ] as const) {
        const policy: EgressPolicy = { rules: [{ action: "allow", domain }], otherwise: "deny" };
        await machine.instance.facet("egress").set(policy, rig.call());
        ensureEqual(await connect(machine, at), expected, domain);
      }
    },
  },
  {
    id: "EG-06",
    law: "A rule may name ports",
    requires: all(egress, portRules),
    commands: ["connect"],
    async run(rig) {
      const { open } = outsideOf(rig);
      const machine = await openMachine(rig);
      for (const [ports, expected] of [
        [{ from: open.port, to: open.port }, "open"],
        [{ from: 1, to: 65_535 }, "open"],
        [{ from: open.port + 1, to: open.port + 9 }, "closed"],
      ] as const) {
        const policy: EgressPolicy = { rules: [{ action: "allow", ports }], otherwise: "deny" };
        await machine.instance.facet("egress").set(policy, rig.call());
        ensureEqual(await connect(machine, open), expected, `ports ${ports.from} to ${ports.to}`);
      }
    },
  },
  {
    id: "EG-07",
    law: "A policy that makes no sense is refused, at creation and later, and the old one holds",
    requires: egress,
    commands: ["connect"],
    async run(rig) {
      const { open } = outsideOf(rig);
      const allow: EgressPolicy = { rules: [], otherwise: "allow" };
      const machine = await openMachine(rig, { spec: { egress: allow } });
      const environment = await rig.environment();
      for (const policy of oddPolicies(rig)) {
        const expected = { code: "argument.invalid", effect: "none" } as const;
        const setting = () => machine.instance.facet("egress").set(policy, rig.call());
        await ensureFault(setting, expected);
        await ensureFault(() => createWith(rig, environment, policy), expected);
      }
      ensureEqual(await connect(machine, open), "open", "under the old policy");
    },
  },
];

async function listening(machine: MachineRig, text: string): Promise<void> {
  const process = await machine.start(command(machine.rig, "listen")(port, text));
  await machine.until(process, "listening");
}

function connect(
  machine: MachineRig,
  to: { readonly address: string; readonly port: number },
): Promise<string> {
  return machine.ask(command(machine.rig, "connect")(to.address, to.port));
}

function protocolsOf(rig: CaseRig): readonly ServeProtocol[] {
  const { protocols = [] } = rig.manifest.declares.serve ?? {};
  return protocols.filter((each) => each === "tcp" || each === "http");
}

function outsideOf(rig: CaseRig) {
  const outside = rig.subject.machine?.outside;
  ensure(outside !== undefined, "the subject names no hosts outside");
  return outside;
}

function oddPolicies(rig: CaseRig): readonly EgressPolicy[] {
  const { rulesMax = 0 } = rig.manifest.declares.egress ?? {};
  const one = (rule: object): EgressPolicy => ({
    rules: [{ action: "allow", ...rule }],
    otherwise: "deny",
  });
  return [
    one({ cidr: "10.0.0.0" }),
    one({ cidr: "10.0.0.0/33" }),
    one({ cidr: "example.org/8" }),
    { rules: Array.from({ length: rulesMax + 1 }, () => ({ action: "deny" })), otherwise: "deny" },
  ];
}

function createWith(rig: CaseRig, environment: Environment, egressPolicy: EgressPolicy) {
  return environment.create({ ...rig.spec("echo"), egress: egressPolicy }, rig.call());
}
