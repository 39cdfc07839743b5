import { type Command, countOption, type Invocation, textOption } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { settingsOf } from "../settings.ts";

export const agent: Command = {
  name: "agent",
  summary: "Keep the machines of this host for servers with the same state, until Ctrl-C",
  operands: "",
  options: { host: { type: "string" }, port: { type: "string" } },
  optionHelp: {
    host: "address to listen on, where servers reach it (default: 127.0.0.1)",
    port: "port to listen on; 0 takes a free one (default: 7420)",
  },
  async run(invocation: Invocation) {
    const host = textOption(invocation, "host");
    const port = countOption(invocation, "port");
    const config = settingsOf(invocation, {
      ...(host !== undefined && { "/listen/host": host }),
      ...(port !== undefined && { "/listen/port": port }),
    });
    const { runAgent } = await import("@bedplate/agent");
    await runAgent(config, { signal: invocation.signal });
    return exitCodes.success;
  },
};
