import type { Readable } from "node:stream";
import type { Log } from "@bedplate/telemetry";

/** Longest line that is kept, in characters; the rest of it is dropped. */
export const lineCharactersMax = 1024;

/** Most lines of one stream that are kept; later ones are counted only. */
export const linesMax = 10_000;

/** What a plug-in prints is no message: it goes to the log, line by line, within limits. */
export function logOutput(
  stream: Readable,
  options: { readonly log: Log; readonly name: string },
): void {
  const { log, name } = options;
  let rest = "";
  let lines = 0;
  const write = (line: string) => {
    if (++lines > linesMax) return;
    if (lines === linesMax) log.warn("plugin output is no longer kept", { stream: name });
    else log.info("plugin output", { stream: name, line: line.slice(0, lineCharactersMax) });
  };
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    const [first = "", ...more] = text.split("\n");
    let line = rest + first.slice(0, lineCharactersMax);
    for (const next of more) {
      write(line);
      line = next;
    }
    rest = line.slice(0, lineCharactersMax);
  });
  stream.on("end", () => {
    if (rest !== "") write(rest);
  });
  stream.on("error", () => {});
}
