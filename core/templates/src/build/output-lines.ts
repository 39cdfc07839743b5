import type { ProcessOutput } from "@bedplate/environment";
import { logLineMax } from "../template-limits.ts";

/** Cuts the output of a process into lines, for each of its streams. */
export class OutputLines {
  readonly #take: (line: string, stream: ProcessOutput["stream"]) => void;
  readonly #rest = new Map<
    ProcessOutput["stream"],
    { readonly decoder: InstanceType<typeof TextDecoder>; text: string }
  >();

  constructor(take: (line: string, stream: ProcessOutput["stream"]) => void) {
    this.#take = take;
  }

  add({ stream, data }: ProcessOutput): void {
    const rest = this.#rest.get(stream) ?? { decoder: new TextDecoder(), text: "" };
    this.#rest.set(stream, rest);
    const lines = (rest.text + rest.decoder.decode(data, { stream: true })).split("\n");
    // A line without an end is told in pieces: it must not be held for ever.
    rest.text = lines.pop() ?? "";
    for (const line of lines) this.#give(line, stream);
    while (rest.text.length > logLineMax) {
      this.#give(rest.text.slice(0, logLineMax), stream);
      rest.text = rest.text.slice(logLineMax);
    }
  }

  /** Tells the lines that have no end. */
  end(): void {
    for (const [stream, { text }] of this.#rest) if (text !== "") this.#give(text, stream);
    this.#rest.clear();
  }

  #give(line: string, stream: ProcessOutput["stream"]): void {
    this.#take(line.replace(/\r$/, "").replaceAll("\0", ""), stream);
  }
}
