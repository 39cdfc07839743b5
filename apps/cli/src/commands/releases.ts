import { durationOption } from "../amounts.ts";
import { type Command, operandOf, wordOption } from "../command.ts";
import { connect } from "../connect.ts";
import { exitCodes } from "../exit-codes.ts";
import { parseRelease } from "../release-name.ts";
import { print, table } from "../terminal.ts";

const orphanWords = ["refuse", "migrate", "stop"] as const;

export const releasesLs: Command = {
  name: "releases ls",
  summary: "List every release on record",
  operands: "",
  options: {},
  optionHelp: {},
  async run(invocation) {
    await using connection = await connect(invocation, { slots: [] });
    const releases = await connection.client.registry.releases();
    print(invocation.terminal, { releases }, (found) =>
      table(
        ["RELEASE", "PHASE", "BUILD", "GRANTS", "REGISTERED"],
        found.releases.map((each) => [
          `${each.name}@${each.version}`,
          each.phase,
          each.build.slice(0, 19),
          each.grants.join(","),
          new Date(each.registeredAt).toISOString(),
        ]),
      ),
    );
    return exitCodes.success;
  },
};

export const releasesRetire: Command = {
  name: "releases retire",
  summary: "End a release that no slot stands for",
  operands: "RELEASE",
  options: { drain: { type: "string" }, orphans: { type: "string" } },
  optionHelp: {
    drain: "how long old work may go on (default: 60s)",
    orphans: "refuse, migrate or stop work that still runs on it (default: refuse)",
  },
  async run(invocation) {
    const text = operandOf(invocation, "a release");
    const release = parseRelease(text);
    const orphans = wordOption(invocation, "orphans", { words: orphanWords });
    const drainMs = durationOption(invocation, "drain");
    await using connection = await connect(invocation, { isServerNeeded: true });
    await connection.client.registry.retire(release, { orphans, drainMs });
    print(invocation.terminal, { release: text, phase: "retired" }, () => `${text} retired`);
    return exitCodes.success;
  },
};
