import { type Command, operandOf, textOption, wordOption } from "../command.ts";
import { connect } from "../connect.ts";
import { exitCodes } from "../exit-codes.ts";
import { print, table } from "../terminal.ts";

const roles = ["viewer", "runner", "admin"] as const;

export const keysLs: Command = {
  name: "keys ls",
  summary: "List the API keys of the project",
  operands: "",
  options: {},
  optionHelp: {},
  async run(invocation) {
    await using connection = await connect(invocation, { slots: [] });
    const keys = await connection.client.access.keys();
    print(invocation.terminal, { keys }, (found) =>
      table(
        ["KEY", "ROLE", "LABEL", "CREATED", "STATE"],
        found.keys.map((each) => [
          each.id,
          each.role,
          each.label,
          new Date(each.createdAt).toISOString(),
          each.revokedAt === undefined ? "valid" : "revoked",
        ]),
      ),
    );
    return exitCodes.success;
  },
};

export const keysCreate: Command = {
  name: "keys create",
  summary: "Make an API key; its secret is shown this once",
  operands: "LABEL",
  options: { role: { type: "string" }, project: { type: "string" } },
  optionHelp: {
    role: "viewer, runner or admin (default: runner)",
    project: "project of the key (default: the project of the key that asks)",
  },
  async run(invocation) {
    const label = operandOf(invocation, "a label");
    const role = wordOption(invocation, "role", { words: roles }) ?? "runner";
    await using connection = await connect(invocation, { slots: [] });
    const project = textOption(invocation, "project");
    const made = await connection.client.access.createKey({
      role,
      label,
      ...(project !== undefined && { project }),
    });
    print(invocation.terminal, made, (each) => each.text);
    return exitCodes.success;
  },
};

export const keysRevoke: Command = {
  name: "keys revoke",
  summary: "End an API key",
  operands: "KEY",
  options: {},
  optionHelp: {},
  async run(invocation) {
    const id = operandOf(invocation, "the id of a key");
    await using connection = await connect(invocation, { slots: [] });
    const revoked = await connection.client.access.revokeKey(id);
    print(invocation.terminal, revoked, (each) => `${each.id} revoked`);
    return exitCodes.success;
  },
};
