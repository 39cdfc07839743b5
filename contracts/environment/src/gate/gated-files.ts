import type { Call, KeyedCall } from "../call.ts";
import type {
  FileAttributes,
  FileChange,
  FileEntry,
  FileRequest,
  FilesDriver,
  FilesParams,
  FolderRequest,
  ListRequest,
  MoveRequest,
  ReadRequest,
  WatchRequest,
  WriteRequest,
} from "../facets/files.ts";
import { flow } from "./byte-flow.ts";
import { withDeadline } from "./deadline.ts";
import { FacetGate } from "./facet-gate.ts";
import type { GateContext } from "./gate-context.ts";
import { checkPath, checkUser, hasNul, isAmount, machineBounds } from "./machine-bounds.ts";

/** Largest permission bits. */
const modeMax = 0o7777;

/** Wraps a driver's `files`: paths do not climb, bodies keep their limits, streams their deadlines. */
export class GatedFiles implements FilesDriver {
  readonly #driver: FilesDriver;
  readonly #params: FilesParams;
  readonly #gate: FacetGate;

  constructor(
    driver: FilesDriver,
    options: { readonly params: FilesParams; readonly context: GateContext },
  ) {
    this.#driver = driver;
    this.#params = options.params;
    this.#gate = new FacetGate("files", options.context);
  }

  stat(request: FileRequest, call: Call): Promise<FileEntry> {
    return this.#do("stat", request, call, () => this.#driver.stat(request, call));
  }

  list(request: ListRequest, call: Call): AsyncIterable<FileEntry> {
    this.#check("list", request);
    const { listDepthMax } = machineBounds;
    if (request.depth < 1 || !isAmount(request.depth, listDepthMax)) {
      throw this.#gate.invalid("list", { path: "/depth", rule: `must be 1 to ${listDepthMax}` });
    }
    return this.#gate.stream("list", call, () => this.#driver.list(request, call));
  }

  read(request: ReadRequest, call: Call): Promise<ReadableStream<Uint8Array>> {
    const { offset = 0, length = Number.MAX_SAFE_INTEGER } = request;
    const { now } = this.#gate.context;
    return this.#do("read", request, call, async () => {
      for (const [path, value] of Object.entries({ "/offset": offset, "/length": length })) {
        if (!isAmount(value)) throw this.#gate.invalid("read", { path, rule: "is no amount" });
      }
      const body = await this.#driver.read(request, call);
      const op = this.#gate.op("read");
      return flow(body, {
        bytesMax: length,
        onOverflow: () => this.#gate.broken("read", "it gave more than was asked for"),
        wait: (read) => withDeadline(read, { op, call, now }),
      }).stream;
    });
  }

  write(request: WriteRequest, call: KeyedCall): Promise<FileEntry> {
    const { fileBytesMax } = this.#params;
    return this.#do("write", request, call, async () => {
      this.#checkMode("write", request.mode);
      this.#checkAttributes(request.attributes);
      const body = flow(request.body, {
        bytesMax: fileBytesMax,
        onOverflow: () => {
          const rule = `is longer than ${fileBytesMax} bytes`;
          return this.#gate.invalid("write", { path: "/body", rule, limit: fileBytesMax });
        },
        onFailure: (cause) => this.#gate.cutOff("write", cause),
      });
      try {
        const entry = await this.#driver.write({ ...request, body: body.stream }, call);
        if (entry.bytes === body.bytes) return entry;
        throw this.#gate.broken("write", "the file has another length than its contents");
      } catch (error) {
        throw body.refusal ?? error;
      } finally {
        await body.end();
      }
    });
  }

  makeFolder(request: FolderRequest, call: KeyedCall): Promise<FileEntry> {
    return this.#do("makeFolder", request, call, async () => {
      this.#checkMode("makeFolder", request.mode);
      return this.#driver.makeFolder(request, call);
    });
  }

  move(request: MoveRequest, call: KeyedCall): Promise<FileEntry> {
    return this.#do("move", request, call, async () => {
      checkPath(this.#gate.op("move"), request.to, "/to");
      return this.#driver.move(request, call);
    });
  }

  delete(request: FileRequest, call: KeyedCall): Promise<void> {
    return this.#do("delete", request, call, () => this.#driver.delete(request, call));
  }

  watch(request: WatchRequest, call: Call): AsyncIterable<FileChange> {
    if (!this.#params.watch) throw this.#gate.undeclared("watch", "watch");
    this.#check("watch", request);
    return this.#gate.stream("watch", call, () => this.#announced(request, call));
  }

  async *#announced(request: WatchRequest, call: Call): AsyncGenerator<FileChange> {
    let isReady = false;
    for await (const change of this.#driver.watch(request, call)) {
      if (isReady === (change.kind === "ready")) {
        throw this.#gate.broken("watch", "it is not `ready` once, at first");
      }
      isReady = true;
      yield change;
    }
  }

  #do<T>(verb: string, request: FileRequest, call: Call, work: () => Promise<T>): Promise<T> {
    return this.#gate.do(verb, call, async () => {
      this.#check(verb, request);
      return await work();
    });
  }

  #check(verb: string, { path, user }: FileRequest): void {
    const op = this.#gate.op(verb);
    checkPath(op, path);
    checkUser(op, user);
  }

  #checkMode(verb: string, mode: number | undefined): void {
    if (mode === undefined || isAmount(mode, modeMax)) return;
    throw this.#gate.invalid(verb, { path: "/mode", rule: "are no permission bits" });
  }

  #checkAttributes(attributes: FileAttributes | undefined): void {
    if (attributes === undefined) return;
    if (!this.#params.attributes) throw this.#gate.undeclared("write", "attributes");
    const texts = Object.entries(attributes).flat();
    const bytes = texts.reduce((sum, each) => sum + Buffer.byteLength(each), 0);
    const { attributesMax, attributeBytesMax } = machineBounds;
    const isTooMuch = bytes > attributeBytesMax || texts.length > 2 * attributesMax;
    if (!isTooMuch && !texts.some(hasNul) && !("" in attributes)) return;
    const rule = `must be at most ${attributesMax} with names, of ${attributeBytesMax} bytes`;
    throw this.#gate.invalid("write", { path: "/attributes", rule });
  }
}
