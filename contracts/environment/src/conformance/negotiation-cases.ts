import { FaultError } from "@bedplate/errors";
import type { ConformanceCase } from "./conformance-case.ts";
import { ensure, ensureEqual, ensureFault, show, thrownBy } from "./expectations.ts";
import {
  agree,
  agreeOnFeature,
  chosen,
  feature,
  featureRows,
  greeting,
  offer,
  refusesToOpen,
  surface,
  version,
} from "./offers.ts";

/** NG: what two sides agree on before anything runs. */
export const negotiationCases: readonly ConformanceCase[] = [
  {
    id: "NG-01",
    law: "The highest major that both speak is chosen",
    async run(rig) {
      const agreement = agree(rig, {
        here: [
          [1, 4],
          [2, 3],
          [3, 0],
        ],
        there: [
          [1, 9],
          [2, 1],
        ],
      });
      ensureEqual(chosen(agreement)["environment"], { major: 2, minor: 1 }, "version");
    },
  },
  {
    id: "NG-02",
    law: "Within it the lower of the two newest minors is chosen, whichever side has it",
    async run(rig) {
      for (const [ours, theirs] of [
        [4, 2],
        [2, 4],
        [3, 3],
      ] as const) {
        const agreement = agree(rig, {
          here: [
            [1, 0],
            [1, ours],
          ],
          there: [
            [1, theirs],
            [1, 1],
          ],
        });
        const minor = Math.min(ours, theirs);
        ensureEqual(chosen(agreement)["environment"], { major: 1, minor }, "version");
      }
    },
  },
  {
    id: "NG-03",
    law: "Without a common major both sides refuse alike, and say who has to be upgraded",
    async run(rig) {
      const sides = [
        { here: [[3, 0]], there: [[2, 9]], upgrade: "plugin" },
        { here: [[1, 7]], there: [[2, 0]], upgrade: "host" },
      ] as const;
      for (const { here, there, upgrade } of sides) {
        const agreement = agree(rig, { here, there });
        ensure(!agreement.isAgreed, "they agreed");
        const { code, detail, effect } = agreement.fault;
        ensureEqual({ code, effect }, { code: "contract.incompatible", effect: "none" }, "fault");
        ensureEqual((detail as { upgrade?: string }).upgrade, upgrade, "who is to be upgraded");
      }
      await refusesToOpen(rig, []);
    },
  },
  {
    id: "NG-04",
    law: "The same numbers with another surface are refused",
    async run(rig) {
      const [range] = rig.manifest.speaks;
      ensure(range !== undefined, "the manifest speaks nothing");
      const versions = range.versions.map((each) => ({ ...each, surface: surface("f") }));
      await refusesToOpen(rig, [{ ...range, versions }, ...rig.manifest.speaks.slice(1)]);
      const host = offer(rig, "host", [{ name: "environment", versions: version([[1, 0]], "a") }]);
      const plugin = offer(rig, "plugin", [
        { name: "environment", versions: version([[1, 0]], "b") },
      ]);
      ensure(!rig.protocol.negotiate(host, plugin).isAgreed, "they agreed");
    },
  },
  {
    id: "NG-05",
    law: "Members of a greeting that are not known are ignored",
    async run(rig) {
      const line = rig.protocol.writeGreeting(greeting(rig, { later: { a: [1] } }));
      const read = rig.protocol.readGreeting(line);
      ensureEqual(read.process, greeting(rig).process, "the process");
      ensureEqual(show(read.speaks), show(rig.manifest.speaks), "what it speaks");
    },
  },
  {
    id: "NG-06",
    law: "Another `hello` is refused in words that say which one",
    async run(rig) {
      const line = JSON.stringify({ ...greeting(rig), hello: 2 });
      const error = await thrownBy(() => rig.protocol.readGreeting(line));
      ensure(error instanceof FaultError, "it was read");
      ensure(/hello 2/.test(error.message), "the refusal does not say which hello came");
    },
  },
  {
    id: "NG-07",
    law: "Garbage, a greeting that is too long and one of the wrong shape are refused, never misread",
    async run(rig) {
      const long = `{"hello":1,"padding":"${"x".repeat(70_000)}"}`;
      const shapes = ["", "null", "[]", "7", "{", "\0\0\0", '{"hello":1}', long];
      for (const line of shapes) {
        await ensureFault(() => rig.protocol.readGreeting(line), {
          code: "argument.invalid",
          effect: "none",
        });
      }
    },
  },
  {
    id: "NG-08",
    law: "A greeting without the nonce of its process is refused",
    async run(rig) {
      const { process, ...rest } = greeting(rig);
      const { nonce: _, ...nameless } = process;
      for (const odd of [{ ...rest }, { ...rest, process: nameless }]) {
        await ensureFault(() => rig.protocol.readGreeting(JSON.stringify(odd)), {
          code: "argument.invalid",
        });
      }
    },
  },
  {
    id: "NG-09",
    law: "Facets have majors of their own",
    async run(rig) {
      const names = ["environment", "facet/invoke"];
      const ranges = (majors: readonly number[]) =>
        names.map((name, at) => ({ name, versions: version([[majors[at] ?? 1, 0]]) }));
      const host = offer(rig, "host", [
        { name: "environment", versions: version([[1, 0]]) },
        {
          name: "facet/invoke",
          versions: version([
            [1, 0],
            [2, 0],
          ]),
        },
      ]);
      const agreement = rig.protocol.negotiate(host, offer(rig, "plugin", ranges([1, 2])));
      ensureEqual(chosen(agreement)["environment"], { major: 1, minor: 0 }, "the core");
      ensureEqual(chosen(agreement)["facet/invoke"], { major: 2, minor: 0 }, "the facet");
      const other = rig.protocol.negotiate(host, offer(rig, "plugin", ranges([1, 3])));
      ensure(!other.isAgreed, "a facet without a common major was agreed on");
    },
  },
  {
    id: "NG-10",
    law: "What a plug-in does not use does not keep it out: only the names that it speaks are compared",
    async run(rig) {
      const few = [{ name: "environment", versions: version([[1, 0]]) }];
      const many = [...few, { name: "facet/snapshot", versions: version([[7, 0]]) }];
      ensure(
        rig.protocol.negotiate(offer(rig, "host", many), offer(rig, "plugin", few)).isAgreed,
        "a host that speaks more was refused",
      );
      ensure(
        !rig.protocol.negotiate(offer(rig, "host", few), offer(rig, "plugin", many)).isAgreed,
        "a plug-in that speaks more was agreed on",
      );
    },
  },
  {
    id: "NG-11",
    law: "Require, prefer and refuse decide each feature alike from both sides",
    async run(rig) {
      for (const row of featureRows) {
        const agreement = agreeOnFeature(rig, row);
        const seen = agreement.isAgreed ? agreement.features.includes("f") : "refused";
        ensureEqual(seen, row.answer, `feature ${show(row)}`);
      }
    },
  },
  {
    id: "NG-12",
    law: "A deprecated feature works, and the agreement warns",
    async run(rig) {
      const plugin = { ...feature, stage: "deprecated", removeBy: "3.0", use: "g" } as const;
      const agreement = agreeOnFeature(rig, { host: "prefer", plugin: undefined, theirs: plugin });
      ensure(agreement.isAgreed, "a deprecated feature was refused");
      const expected = [{ item: "f", since: "1.0", removeIn: "3.0", use: "g" }];
      ensureEqual(agreement.warnings, expected, "warnings");
    },
  },
  {
    id: "NG-13",
    law: "A critical member that is not known is refused; one that is known is not",
    async run(rig) {
      const environment = await rig.environment();
      const { artifact } = rig.spec("echo");
      const strange = { ...rig.call(), critical: ["artifact", "a-later-member"] };
      const { fault } = await ensureFault(() => environment.admit(artifact, strange), {
        code: "argument.critical",
        effect: "none",
      });
      ensureEqual(fault.detail["unknown"], ["a-later-member"], "the members named");
      await environment.admit(artifact, { ...rig.call(), critical: ["artifact"] });
    },
  },
  {
    id: "NG-14",
    law: "A member that is not known and not critical does no harm on its way",
    async run(rig) {
      const environment = await rig.environment();
      const later = { ...rig.call(), aLaterMember: { deep: [1] } };
      const spec = { ...rig.spec("echo"), aLaterMember: 1 };
      const instance = await environment.create(spec, later);
      await instance.start(rig.call());
      ensureEqual((await instance.status(later)).phase, "running", "phase");
      await rig.retire(instance);
    },
  },
];
