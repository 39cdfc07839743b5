#!/usr/bin/env node
import { keepCompiled } from "./compile-cache.ts";

// Everything else is loaded afterwards, so that it is found compiled.
keepCompiled();
const { exitCodes } = await import("./exit-codes.ts");
const { runCli } = await import("./run-cli.ts");

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
