import type { Environment } from "@bedplate/environment";
import { tarEnd, tarHeader, tarPadding } from "@bedplate/oci";
import type { Registry } from "@bedplate/registry";

/** What a command of a step does in the scripted environment, by its last word. */
export type Script = (command: string) => {
  readonly code?: number;
  readonly out?: string;
  /** Holds the command until it is let go. */
  readonly until?: Promise<void>;
};

/** An environment whose machines do what a script says; what they add is a layer with its commands. */
export class ScriptedEnvironment {
  /** Commands that were run, in their order. */
  readonly commands: string[] = [];
  /** Machines that are there. */
  open = 0;
  /** Roots of the machines that were made. */
  readonly roots: string[] = [];
  readonly #script: Script;

  constructor(script: Script = () => ({})) {
    this.#script = script;
  }

  /** What the templates need of a registry. */
  get registry(): Pick<Registry, "slots"> {
    const environment = this.#environment() as unknown as Environment;
    const slots = {
      list: () => [{ slot: "container" }],
      current: (slot: string) => {
        if (slot !== "container") throw new Error(`there is no slot ${slot}`);
        return {};
      },
      use: () => ({ environment, release: {}, [Symbol.dispose]() {} }),
    };
    return { slots } as unknown as Pick<Registry, "slots">;
  }

  #environment() {
    return {
      manifest: { declares: { exec: {}, files: {}, snapshot: {} }, instanceSchema: {} },
      create: async ({ artifact }: { readonly artifact: string }) => {
        this.open += 1;
        this.roots.push(artifact);
        return this.#instance();
      },
    };
  }

  #instance() {
    const done: string[] = [];
    let isReleased = false;
    const facets = {
      exec: this.#exec(done),
      files: { write: async () => ({}) },
      snapshot: {
        capture: async ({ sink }: { readonly sink: (chunk: Uint8Array) => Promise<void> }) => {
          if (done.length > 0) await sink(layerWith(done.join("\n")));
          return {};
        },
      },
    };
    return {
      start: async () => {},
      stop: async () => {},
      kill: () => {},
      facet: (name: keyof typeof facets) => facets[name],
      get phase() {
        return isReleased ? "released" : "running";
      },
      release: async () => {
        isReleased = true;
        this.open -= 1;
      },
    };
  }

  #exec(done: string[]) {
    const said = new Map<string, ReturnType<Script>>();
    return {
      start: async ({ argv }: { readonly argv: readonly string[] }) => {
        const command = argv.at(-1) ?? "";
        this.commands.push(command);
        done.push(command);
        const id = String(said.size);
        said.set(id, this.#script(command));
        return { id };
      },
      output: async function* ({ process }: { readonly process: string }) {
        const { out = "", until } = said.get(process) ?? {};
        yield { stream: "stdout", data: new TextEncoder().encode(out), at: 0 };
        await until;
      },
      wait: async ({ process }: { readonly process: string }) => ({
        code: said.get(process)?.code ?? 0,
        signal: null,
      }),
    };
  }
}

function layerWith(text: string): Uint8Array {
  const bytes = Buffer.from(text);
  const head = { path: "done", kind: "file", mode: 0o644, uid: 0, gid: 0, modifiedAt: 0 } as const;
  return Buffer.concat([
    tarHeader({ ...head, bytes: bytes.length }),
    bytes,
    tarPadding(bytes.length),
    tarEnd,
  ]);
}
