#!/usr/bin/env node
import { exitCodes } from "./exit-codes.ts";
import { runCli } from "./run-cli.ts";

// The first signal asks the command to end, the second ends the process.
const interrupt = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.on(name, () => {
    if (interrupt.signal.aborted) process.exit(exitCodes.interrupted);
    interrupt.abort(new Error("interrupted"));
  });
}
// A reader that goes away (`bedplate ... | head`) ends the output, not with a crash.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(exitCodes.success);
});

process.exitCode = await runCli(process.argv.slice(2), { signal: interrupt.signal });
