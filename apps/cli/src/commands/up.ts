import { type Command, countOption, type Invocation, textOption } from "../command.ts";
import { announceServer } from "../data-folder.ts";
import { exitCodes } from "../exit-codes.ts";
import { folderOf, settingsOf } from "../settings.ts";
import { withProgress } from "../terminal.ts";

export const up: Command = {
  name: "up",
  summary: "Run a server until Ctrl-C",
  operands: "",
  options: { host: { type: "string" }, port: { type: "string" } },
  optionHelp: {
    host: "address to listen on (default: 127.0.0.1)",
    port: "port to listen on; 0 takes a free one (default: 7420)",
  },
  run: runServer,
};

async function runServer(invocation: Invocation): Promise<number> {
  const { terminal, signal } = invocation;
  const { listen, listenE2b, openLog, openServer, openTelemetry, serverVersion } = await import(
    "@bedplate/server"
  );
  const host = textOption(invocation, "host");
  const port = countOption(invocation, "port");
  const config = settingsOf(invocation, {
    ...(host !== undefined && { "/listen/host": host }),
    ...(port !== undefined && { "/listen/port": port }),
  });
  const log = openLog(config);
  await using telemetry = await openTelemetry(config.telemetry, { version: serverVersion });
  const opening = openServer(config, { telemetry, log });
  await using server = await withProgress(terminal, "preparing environments", opening);
  await using listening = await listen(server, config.listen);
  await using e2b = await listenE2b(server, config);
  await server.announce(config.listen.url === "" ? listening.url : config.listen.url);
  const folder = folderOf(config);
  using _note = folder === undefined ? undefined : announceServer(folder, { url: listening.url });
  log.info("server ready", { url: listening.url, data: config.data });
  terminal.err(`export BEDPLATE_URL=${listening.url}\nexport BEDPLATE_KEY=${server.adminKey}\n`);
  for (const [name, value] of Object.entries(e2b?.variables ?? {})) {
    terminal.err(`export ${name}=${value}\n`);
  }
  await aborted(signal);
  log.info("server stopping");
  return exitCodes.success;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
