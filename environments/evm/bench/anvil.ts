import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { gasLimit, hex, type Program } from "./program.ts";

const packageName = "@foundry-rs/anvil-linux-amd64";
const startMsMax = 20_000;
/** Ticks of a process's CPU time in a second, on Linux. */
const ticksPerSecond = 100;

/**
 * The path of the native peer: BEDPLATE_ANVIL, or where
 * `npm install --no-save @foundry-rs/anvil-linux-amd64` has put it; undefined where it is not there.
 */
export function findAnvil(): string | undefined {
  const named = process.env["BEDPLATE_ANVIL"];
  if (named !== undefined) return named;
  try {
    const manifest = createRequire(import.meta.url).resolve(`${packageName}/package.json`);
    const path = join(dirname(manifest), "bin/anvil");
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

/** A node of the native peer that answers calls on a port of its own. */
export class Anvil implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #url: string;

  constructor(process: ChildProcess, url: string) {
    this.#process = process;
    this.#url = url;
  }

  /** Calls a program's contract; the block it runs in has the gas that every program gets. */
  async call({ message }: Program): Promise<void> {
    const call = {
      from: `0x${hex(message.sender)}`,
      to: `0x${hex(message.to)}`,
      data: `0x${hex(message.input)}`,
      gas: `0x${gasLimit.toString(16)}`,
    };
    await this.#request("eth_call", [call, "latest"]);
  }

  async setCodes(program: Program): Promise<void> {
    for (const [address, code] of program.codes) {
      await this.#request("anvil_setCode", [address, code]);
    }
  }

  /** CPU time of the process so far; in steps of 10 ms. */
  cpuMs(): number {
    const fields = readFileSync(`/proc/${this.#process.pid}/stat`, "utf8")
      .split(") ")[1]
      ?.split(" ");
    const ticks = Number(fields?.[11]) + Number(fields?.[12]);
    return (ticks * 1_000) / ticksPerSecond;
  }

  async isReady(): Promise<boolean> {
    return await this.#request("eth_chainId", []).then(
      () => true,
      () => false,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await ended;
  }

  async #request(method: string, params: readonly unknown[]): Promise<unknown> {
    const response = await fetch(this.#url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    });
    const { result, error } = (await response.json()) as { result?: unknown; error?: unknown };
    if (error !== undefined) throw new Error(`${method}: ${JSON.stringify(error)}`);
    return result;
  }
}

export async function openAnvil(path: string): Promise<Anvil> {
  const port = await freePort();
  const options = `--gas-limit ${gasLimit} --disable-code-size-limit --base-fee 0 --hardfork cancun --silent`;
  const child = spawn(path, [...options.split(" "), "--port", String(port)], { stdio: "ignore" });
  const anvil = new Anvil(child, `http://127.0.0.1:${port}`);
  for (let waited = 0; waited < startMsMax; waited += 100) {
    if (await anvil.isReady()) return anvil;
    await setTimeout(100);
  }
  await anvil[Symbol.asyncDispose]();
  throw new Error(`${path} does not answer`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" && address !== null ? address.port : 0;
}
