import type { Call, KeyedCall } from "../call.ts";
import type { Exit } from "../exit.ts";
import {
  type ExecDriver,
  type ExecParams,
  type ExecRequest,
  type InputRequest,
  inputBytesMax,
  type OutputRequest,
  type Process,
  type ProcessOutput,
  type ProcessRef,
  type SignalRequest,
  type TerminalRequest,
  type TerminalSize,
} from "../facets/exec.ts";
import { FacetGate } from "./facet-gate.ts";
import type { GateContext } from "./gate-context.ts";
import { KeptStarts } from "./kept-starts.ts";
import {
  checkEnv,
  checkPath,
  checkUser,
  hasNul,
  isAmount,
  machineBounds,
} from "./machine-bounds.ts";

/** Most columns and rows of a terminal. */
export const terminalCellsMax = 65_535;

/** Wraps a driver's `exec`: what is asked fits what is declared, and what comes back is in order. */
export class GatedExec implements ExecDriver {
  readonly #driver: ExecDriver;
  readonly #params: ExecParams;
  readonly #gate: FacetGate;
  readonly #starts = new KeptStarts();

  constructor(
    driver: ExecDriver,
    options: { readonly params: ExecParams; readonly context: GateContext },
  ) {
    this.#driver = driver;
    this.#params = options.params;
    this.#gate = new FacetGate("exec", options.context);
  }

  /** The same key gives the process that it started, as long as this host remembers it. */
  start(request: ExecRequest, call: KeyedCall): Promise<Process> {
    return this.#gate.do("start", call, async () => {
      this.#checkRequest(request);
      return this.#starts.once(request, call, async () => {
        const process = await this.#driver.start(request, call);
        if (process.id === "" || !isAmount(process.pid)) {
          throw this.#gate.broken("start", "the process has no id or no number");
        }
        return process;
      });
    });
  }

  output(request: OutputRequest, call: Call): AsyncIterable<ProcessOutput> {
    const { from } = request;
    if (from !== undefined && !isAmount(from)) {
      throw this.#gate.invalid("output", { path: "/from", rule: "is no amount" });
    }
    return this.#gate.stream("output", call, () =>
      this.#inOrder(this.#driver.output(request, call), from),
    );
  }

  wait(request: ProcessRef, call: Call): Promise<Exit> {
    return this.#gate.do("wait", call, () => this.#driver.wait(request, call));
  }

  write(request: InputRequest, call: Call): Promise<void> {
    return this.#gate.do("write", call, async () => {
      if (request.data.length > inputBytesMax) {
        const rule = `is longer than ${inputBytesMax} bytes`;
        throw this.#gate.invalid("write", { path: "/data", rule, limit: inputBytesMax });
      }
      await this.#driver.write(request, call);
    });
  }

  closeInput(request: ProcessRef, call: Call): Promise<void> {
    return this.#gate.do("closeInput", call, () => this.#driver.closeInput(request, call));
  }

  signal(request: SignalRequest, call: Call): Promise<void> {
    return this.#gate.do("signal", call, async () => {
      if (!this.#params.signals.includes(request.name)) {
        throw this.#gate.undeclared("signal", `signals: ${request.name.slice(0, 32)}`);
      }
      await this.#driver.signal(request, call);
    });
  }

  resize(request: TerminalRequest, call: Call): Promise<void> {
    return this.#gate.do("resize", call, async () => {
      if (!this.#params.tty) throw this.#gate.undeclared("resize", "tty");
      this.#checkSize("resize", request.size);
      await this.#driver.resize(request, call);
    });
  }

  list(call: Call): Promise<readonly Process[]> {
    return this.#gate.do("list", call, () => this.#driver.list(call));
  }

  #checkRequest(request: ExecRequest): void {
    const { argv, env, cwd, user, tty, timeoutMs, tag } = request;
    const op = this.#gate.op("start");
    const refuse = (path: string, rule: string) => this.#gate.invalid("start", { path, rule });
    const argvBytes = argv.reduce((sum, each) => sum + Buffer.byteLength(each) + 1, 0);
    if (argv.length === 0 || argv[0] === "") throw refuse("/argv", "names no program");
    if (argv.some(hasNul)) throw refuse("/argv", "has a NUL in it");
    if (argvBytes > machineBounds.argvBytesMax) {
      throw refuse("/argv", `is longer than ${machineBounds.argvBytesMax} bytes`);
    }
    if (env !== undefined) checkEnv(op, env);
    if (cwd !== undefined) checkPath(op, cwd, "/cwd");
    checkUser(op, user);
    if (timeoutMs !== undefined && !(timeoutMs > 0)) throw refuse("/timeoutMs", "is not above 0");
    if (tag !== undefined && tag.length > machineBounds.tagCharactersMax) {
      throw refuse("/tag", `has more than ${machineBounds.tagCharactersMax} characters`);
    }
    if (tty === undefined) return;
    if (!this.#params.tty) throw this.#gate.undeclared("start", "tty");
    this.#checkSize("start", tty);
  }

  #checkSize(verb: string, { columns, rows }: TerminalSize): void {
    const isFine = [columns, rows].every((each) => each > 0 && isAmount(each, terminalCellsMax));
    if (isFine) return;
    const rule = `must have 1 to ${terminalCellsMax} columns and rows`;
    throw this.#gate.invalid(verb, { path: verb === "start" ? "/tty" : "/size", rule });
  }

  async *#inOrder(
    items: AsyncIterable<ProcessOutput>,
    from: number | undefined,
  ): AsyncGenerator<ProcessOutput> {
    let next = from ?? 0;
    for await (const item of items) {
      const { at, data } = item;
      if (at < next) throw this.#gate.broken("output", "its output goes back");
      if (data.length > machineBounds.outputItemBytesMax) {
        throw this.#gate.broken("output", "an item of its output is too long");
      }
      next = at + data.length;
      yield item;
    }
  }
}
