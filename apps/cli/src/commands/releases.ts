import { durationOption } from "../amounts.ts";
import { type Command, operandOf, textOption, textOptions, wordOption } from "../command.ts";
import { connect } from "../connect.ts";
import { exitCodes } from "../exit-codes.ts";
import { pluginOptionHelp, pluginOptions, pluginSourceOf } from "../plugin-source.ts";
import { readJson } from "../read-input.ts";
import { parseRelease } from "../release-name.ts";
import { print, table } from "../terminal.ts";
import { UsageError } from "../usage-error.ts";

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

export const releasesRegister: Command = {
  name: "releases register",
  summary: "Register a plug-in from files of the server's host",
  operands: "",
  options: {
    ...pluginOptions,
    grant: { type: "string", multiple: true },
    settings: { type: "string" },
    digest: { type: "string" },
  },
  optionHelp: {
    ...pluginOptionHelp,
    grant: "something that it wants and may use, for example blob:read; repeatable",
    settings: "JSON file with the config of the release; - for standard input",
    digest: "sha256:... that the folder's files must have",
  },
  async run(invocation) {
    const source = pluginSourceOf(invocation);
    if (source === undefined) throw new UsageError("--command or --module is missing");
    const settings = textOption(invocation, "settings");
    const config = settings === undefined ? undefined : readJson(settings);
    await using connection = await connect(invocation, { slots: [] });
    const registered = await connection.client.registry.register({
      ...source,
      grants: textOptions(invocation, "grant"),
      files: textOption(invocation, "digest"),
      config: config as Readonly<Record<string, unknown>> | undefined,
    });
    print(
      invocation.terminal,
      registered,
      ({ name, version, files }) => `${name}@${version} registered, files ${files}`,
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
