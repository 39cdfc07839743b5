import { dirname, join } from "node:path";
import type { BuildStepView, BuildView } from "@bedplate/routes";
import { type Bedplate, contextFiles, readDockerfile } from "@bedplate/sdk";
import { durationOption } from "../amounts.ts";
import {
  type Command,
  type Invocation,
  isSet,
  operandOf,
  textOption,
  textOptions,
} from "../command.ts";
import { connect } from "../connect.ts";
import { exitCodes } from "../exit-codes.ts";
import { type PackedContext, packContext } from "../pack-context.ts";
import { readInput } from "../read-input.ts";
import { print, table } from "../terminal.ts";
import { UsageError } from "../usage-error.ts";

/** Commands that only read need no environment. */
const none: readonly string[] = [];

export const templateBuild: Command = {
  name: "template build",
  summary: "Build a template from a Dockerfile",
  operands: "TEMPLATE",
  options: {
    file: { type: "string", short: "f" },
    context: { type: "string" },
    tag: { type: "string", multiple: true },
    slot: { type: "string" },
    start: { type: "string" },
    ready: { type: "string" },
    "ready-within": { type: "string" },
    force: { type: "boolean" },
    offline: { type: "boolean" },
  },
  optionHelp: {
    file: "the Dockerfile (default: Dockerfile in the context)",
    context: "folder that COPY takes files from (default: where the Dockerfile is)",
    tag: "tag that stands for the build; repeatable (default: default)",
    slot: "whose machines do the steps (default: container)",
    start: "command that each machine of the template runs when it starts",
    ready: "command that succeeds once such a machine is ready",
    "ready-within": "how long that may take (default: 5m)",
    force: "do steps again that were done before",
    offline: "without the network",
  },
  async run(invocation) {
    const name = operandOf(invocation, "the name of a template");
    const { dockerfile, context } = placesOf(invocation);
    const { from, steps } = readSteps(dockerfile);
    const slot = textOption(invocation, "slot") ?? "container";
    const start = startOf(invocation);
    const tags = textOptions(invocation, "tag");
    const packed = await Promise.all(steps.map((step) => packFor(step, context)));
    await using connection = await connect(invocation, { slots: [slot] });
    const { client } = connection;
    for (const each of packed) {
      if (each !== undefined) await client.templates.putFiles(each.name, each.bytes);
    }
    const asked = await client.templates.build({
      name,
      from,
      steps: steps.map((step, at) => withFiles(step, packed[at]?.name)),
      slot,
      ...(tags.length > 0 && { tags }),
      ...(start !== undefined && { start }),
      isForced: isSet(invocation, "force"),
      hasNetwork: !isSet(invocation, "offline"),
    });
    // Awaited here: an embedded server goes when this ends.
    return await follow(invocation, { client, asked, name });
  },
};

export const templateLs: Command = {
  name: "template ls",
  summary: "List the templates of the project",
  operands: "",
  options: {},
  optionHelp: {},
  async run(invocation) {
    await using connection = await connect(invocation, { slots: none });
    const templates = await connection.client.templates.list();
    print(invocation.terminal, { templates }, (found) =>
      table(
        ["TEMPLATE", "TAGS", "ID", "UPDATED"],
        found.templates.map((each) => [
          each.name,
          Object.keys(each.tags).toSorted().join(",") || "-",
          each.id,
          new Date(each.updatedAt).toISOString(),
        ]),
      ),
    );
    return exitCodes.success;
  },
};

export const templateGet: Command = {
  name: "template get",
  summary: "Show a template and its builds",
  operands: "TEMPLATE",
  options: {},
  optionHelp: {},
  async run(invocation) {
    const name = operandOf(invocation, "the name of a template");
    await using connection = await connect(invocation, { slots: none });
    const template = await connection.client.templates.get(name);
    const builds = await connection.client.templates.builds(name);
    print(invocation.terminal, { ...template, builds }, (each) => JSON.stringify(each, null, 2));
    return exitCodes.success;
  },
};

export const templateLogs: Command = {
  name: "template logs",
  summary: "Print the log of a build",
  operands: "BUILD",
  options: { follow: { type: "boolean", short: "f" } },
  optionHelp: { follow: "go on until the build ends" },
  async run(invocation) {
    const id = operandOf(invocation, "the id of a build");
    await using connection = await connect(invocation, { slots: none });
    await printLog(invocation, connection.client, { id, follow: isSet(invocation, "follow") });
    return exitCodes.success;
  },
};

export const templateRm: Command = {
  name: "template rm",
  summary: "Remove a template with its builds",
  operands: "TEMPLATE",
  options: {},
  optionHelp: {},
  async run(invocation) {
    const name = operandOf(invocation, "the name of a template");
    await using connection = await connect(invocation, { slots: none });
    await connection.client.templates.delete(name);
    print(invocation.terminal, { name }, () => `${name} removed`);
    return exitCodes.success;
  },
};

/** The log while it grows, and at the end how it went. */
async function follow(
  invocation: Invocation,
  options: { readonly client: Bedplate; readonly asked: BuildView; readonly name: string },
): Promise<number> {
  const { client, asked, name } = options;
  const { terminal, signal } = invocation;
  if (terminal.isJson) {
    const build = await client.templates.wait(asked.id, { signal });
    print(terminal, build, () => "");
    return build.phase === "ready" ? exitCodes.success : exitCodes.failure;
  }
  await printLog(invocation, client, { id: asked.id, follow: true });
  const build = await client.templates.wait(asked.id, { signal });
  if (build.phase === "ready") {
    terminal.out(`template:${name} ${build.id} ${build.root}\n`);
    return exitCodes.success;
  }
  const { step, message } = build.failure ?? { message: "nobody knows why" };
  const where = step === undefined ? "" : ` at step ${step + 1}`;
  terminal.err(`bedplate: Cannot build template:${name}${where}: ${message}\n`);
  return exitCodes.failure;
}

async function printLog(
  { terminal, signal }: Invocation,
  client: Bedplate,
  options: { readonly id: string; readonly follow: boolean },
): Promise<void> {
  const { id, follow: isFollowed } = options;
  for await (const entry of client.templates.logs(id, { follow: isFollowed, signal })) {
    if (terminal.isJson) terminal.out(`${JSON.stringify(entry)}\n`);
    else terminal.err(`${entry.text}\n`);
  }
}

function placesOf(invocation: Invocation): {
  readonly dockerfile: string;
  readonly context: string;
} {
  const file = textOption(invocation, "file");
  const context = textOption(invocation, "context") ?? (file === undefined ? "." : dirname(file));
  return { dockerfile: file ?? join(context, "Dockerfile"), context };
}

function readSteps(path: string) {
  const text = Buffer.from(readInput(path)).toString();
  try {
    return readDockerfile(text);
  } catch (error) {
    const { message } = error as Error;
    throw new UsageError(message.replace("the Dockerfile", path), { cause: error });
  }
}

function startOf(invocation: Invocation) {
  const command = textOption(invocation, "start");
  const ready = textOption(invocation, "ready");
  const readyMs = durationOption(invocation, "ready-within");
  if (command === undefined) {
    if (ready !== undefined || readyMs !== undefined)
      throw new UsageError("--ready and --ready-within need --start");
    return undefined;
  }
  return {
    command,
    ...(ready !== undefined && { ready }),
    ...(readyMs !== undefined && { readyMs }),
  };
}

/** What a COPY step needs; undefined for steps that need nothing. */
async function packFor(step: BuildStepView, context: string): Promise<PackedContext | undefined> {
  if (step.kind !== "COPY" || step.files !== contextFiles) return undefined;
  return packContext(context, step.from);
}

function withFiles(step: BuildStepView, files: string | undefined): BuildStepView {
  return step.kind === "COPY" && files !== undefined ? { ...step, files } : step;
}
