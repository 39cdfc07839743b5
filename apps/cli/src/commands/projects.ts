import { type Command, countOption, operandOf } from "../command.ts";
import { connect } from "../connect.ts";
import { exitCodes } from "../exit-codes.ts";
import { print, table } from "../terminal.ts";
import { UsageError } from "../usage-error.ts";

export const projectsLs: Command = {
  name: "projects ls",
  summary: "List the projects that have a quota of their own",
  operands: "",
  options: {},
  optionHelp: {},
  async run(invocation) {
    await using connection = await connect(invocation, { slots: [] });
    const projects = await connection.client.access.projects();
    print(invocation.terminal, { projects }, (found) =>
      table(
        ["PROJECT", "CONCURRENT RUNS", "MACHINES", "CREATED"],
        found.projects.map(({ id, quota, createdAt }) => [
          id,
          String(quota.concurrentRunsMax),
          String(quota.machinesMax),
          new Date(createdAt).toISOString(),
        ]),
      ),
    );
    return exitCodes.success;
  },
};

export const projectsPut: Command = {
  name: "projects put",
  summary: "Make a project, or change its quota",
  operands: "PROJECT",
  options: {
    "concurrent-runs": { type: "string" },
    machines: { type: "string" },
    volumes: { type: "string" },
    "volume-mib": { type: "string" },
  },
  optionHelp: {
    "concurrent-runs": "runs of the project that may execute at once",
    machines: "machines that it may have (default: 1000)",
    volumes: "volumes that it may have (default: 100)",
    "volume-mib": "MiB that fit into all of them (default: 1048576)",
  },
  async run(invocation) {
    const id = operandOf(invocation, "the name of a project");
    const concurrentRunsMax = countOption(invocation, "concurrent-runs");
    if (concurrentRunsMax === undefined) throw new UsageError("--concurrent-runs is missing");
    const machinesMax = countOption(invocation, "machines") ?? 1_000;
    await using connection = await connect(invocation, { slots: [] });
    const volumesMax = countOption(invocation, "volumes");
    const volumeMiBMax = countOption(invocation, "volume-mib");
    const quota = {
      ...{ concurrentRunsMax, machinesMax },
      ...(volumesMax !== undefined && { volumesMax }),
      ...(volumeMiBMax !== undefined && { volumeMiBMax }),
    };
    const project = await connection.client.access.putProject(id, quota);
    print(
      invocation.terminal,
      project,
      (each) =>
        `${each.id} runs at most ${each.quota.concurrentRunsMax} at once, and has at most ${each.quota.machinesMax} machines`,
    );
    return exitCodes.success;
  },
};
