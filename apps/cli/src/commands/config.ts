import { maskConfig, serverConfigSchema } from "@bedplate/server/settings";
import { type Command, isSet } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { settingsOf } from "../settings.ts";

export const configShow: Command = {
  name: "config show",
  summary: "Show the configuration that holds, with secrets masked",
  operands: "",
  options: { schema: { type: "boolean" } },
  optionHelp: { schema: "show the JSON Schema instead" },
  async run(invocation) {
    const shown = isSet(invocation, "schema")
      ? serverConfigSchema.jsonSchema
      : maskConfig(settingsOf(invocation));
    invocation.terminal.out(`${JSON.stringify(shown, null, 2)}\n`);
    return exitCodes.success;
  },
};
