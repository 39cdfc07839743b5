import { connect } from "node:net";
import { raise } from "@bedplate/errors";

/** The longest that the engine may take to answer. */
const answerMs = 5_000;

/** What it says of an address that it changed, or that was so already. */
const isDone = /^(IP changed|port changed|no need to change|nothing changed)/i;

/** Speaks to the runtime API of an engine through its socket: one connection per line of commands. */
export class RuntimeSocket {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** Sends commands as one line, and answers what came back. */
  ask(commands: readonly string[]): Promise<string> {
    return this.send(`${commands.join(";")}\n`);
  }

  /** Sends commands that answer nothing when they go well. */
  async write(commands: readonly string[]): Promise<void> {
    const lines = (await this.ask(commands)).split("\n").map((line) => line.trim());
    const answered = lines.filter((line) => line !== "" && !isDone.test(line)).join(" ");
    if (answered !== "") throw unavailable(`it answered ${answered.slice(0, 200)}`);
  }

  /** Sends a text as it is; a payload ends with an empty line. */
  send(text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.#path);
      const chunks: Buffer[] = [];
      socket.setTimeout(answerMs, () => socket.destroy(new Error("no answer in time")));
      socket.on("data", (chunk) => chunks.push(chunk));
      socket.once("error", (cause) => reject(unavailable("its socket broke", cause)));
      socket.once("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
      socket.once("close", () => reject(unavailable("it hung up")));
      // Ending our side would end theirs before it has answered.
      socket.write(text);
    });
  }
}

/** The fault of an engine that does not do as it is told. */
export function unavailable(what: string, cause?: unknown): Error {
  return raise("provider.unavailable", {
    op: "ingress.apply",
    detail: { provider: "ingress-haproxy" },
    message: `Cannot change the routes of HAProxy: ${what}`,
    ...(cause !== undefined && { cause }),
  });
}
