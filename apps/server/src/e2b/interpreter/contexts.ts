import { randomUUID } from "node:crypto";
import type { Process } from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import { homePath } from "../envd/places.ts";
import { defaultUser, type SandboxUse, stepTimeoutMs } from "../envd/sandbox-use.ts";
import { javaKernel } from "./java-kernel.ts";
import { javascriptKernel } from "./javascript-kernel.ts";
import { Kernel } from "./kernel.ts";
import { pythonKernel } from "./python-kernel.ts";

/** A place where snippets run: what one leaves, the next finds. */
export interface CodeContext {
  readonly id: string;
  readonly language: string;
  readonly cwd: string;
}

const tagPrefix = "code-context ";

/** Most kernels of one sandbox. */
const contextsMax = 32;

/** Languages by the names that clients use. */
const languages: Readonly<Record<string, string>> = {
  python: "python",
  py: "python",
  javascript: "javascript",
  js: "javascript",
  typescript: "typescript",
  ts: "typescript",
  bash: "bash",
  sh: "bash",
  java: "java",
};

/** Java runs a file, and the source is given as a word. */
const javaShell = 'file=$(mktemp -d)/Kernel.java; printf %s "$1" > "$file"; exec java "$file"';

/** What runs the snippets of a language. */
const programs: Readonly<Record<string, readonly string[]>> = {
  python: ["python3", "-u", "-c", pythonKernel],
  bash: ["python3", "-u", "-c", pythonKernel, "bash"],
  javascript: ["node", "-e", javascriptKernel],
  typescript: ["node", "-e", javascriptKernel],
  java: ["/bin/sh", "-c", javaShell, "kernel", javaKernel],
};

/** Contexts that every sandbox has; their kernels start when they are used. */
const standardLanguages = ["python", "javascript"] as const;

/**
 * The contexts of one sandbox. Each is a process with a tag that tells of it, so a server that comes
 * later finds them.
 */
export class CodeContexts {
  readonly #kernels = new Map<string, Promise<Kernel>>();

  /** The standard ones first. */
  async list(use: SandboxUse): Promise<readonly CodeContext[]> {
    const running = (await this.#running(use)).map(({ context }) => context);
    const standard = await Promise.all(standardLanguages.map((each) => standardContext(each, use)));
    const known = new Set(running.map(({ id }) => id));
    return [...standard.filter(({ id }) => !known.has(id)), ...running];
  }

  async create(
    use: SandboxUse,
    options: { readonly language?: string | undefined; readonly cwd?: string | undefined },
  ): Promise<CodeContext> {
    const { language = "python", cwd = "~" } = options;
    const path = await homePath(cwd, { use, user: defaultUser });
    const context = { id: randomUUID(), language: languageOf(language), cwd: path };
    if ((await this.#running(use)).length >= contextsMax) throw tooMany();
    await this.#open(context, use);
    return context;
  }

  async remove(use: SandboxUse, id: string): Promise<void> {
    const found = (await this.#running(use)).find(({ context }) => context.id === id);
    if (found === undefined) throw missing(id);
    await this.#end(use, found);
  }

  /** A fresh kernel under the same id. */
  async restart(use: SandboxUse, id: string): Promise<void> {
    const found = (await this.#running(use)).find(({ context }) => context.id === id);
    if (found === undefined) throw missing(id);
    await this.#end(use, found);
    await this.#open(found.context, use);
  }

  /** The kernel of a context, or of the standard context of a language. */
  async kernel(
    use: SandboxUse,
    options: { readonly id?: string | undefined; readonly language?: string | undefined },
  ): Promise<{ readonly kernel: Kernel; readonly language: string }> {
    const { id, language = "python" } = options;
    const context =
      id === undefined
        ? await standardContext(languageOf(language), use)
        : (await this.list(use)).find((each) => each.id === id);
    if (context === undefined) throw missing(id ?? "");
    const open = await this.#kernels.get(context.id)?.catch(() => undefined);
    if (open !== undefined && !open.isOver) return { kernel: open, language: context.language };
    return { kernel: await this.#open(context, use), language: context.language };
  }

  #open(context: CodeContext, use: SandboxUse): Promise<Kernel> {
    const opening = this.#openKernel(context, use);
    this.#kernels.set(context.id, opening);
    opening.catch(() => this.#kernels.delete(context.id));
    return opening;
  }

  async #openKernel(context: CodeContext, use: SandboxUse): Promise<Kernel> {
    const earlier = (await this.#running(use)).find((each) => each.context.id === context.id);
    const process = earlier?.process ?? (await start(context, use));
    const kernel = new Kernel(process, use);
    kernel.listen(earlier === undefined ? 0 : undefined);
    return kernel;
  }

  async #end(use: SandboxUse, found: Running): Promise<void> {
    const { context, process } = found;
    const kernel = await this.#kernels.get(context.id)?.catch(() => undefined);
    this.#kernels.delete(context.id);
    const call = use.call({ timeoutMs: stepTimeoutMs });
    await use.exec.signal({ process: process.id, name: "SIGKILL" }, call);
    kernel?.leave();
  }

  async #running(use: SandboxUse): Promise<readonly Running[]> {
    const processes = await use.exec.list(use.call({ timeoutMs: stepTimeoutMs }));
    return processes.flatMap((process) => {
      const { tag = "" } = process.request;
      if (process.exit !== undefined || !tag.startsWith(tagPrefix)) return [];
      const [id = "", language = "", ...cwd] = tag.slice(tagPrefix.length).split(" ");
      return [{ process, context: { id, language, cwd: cwd.join(" ") } }];
    });
  }
}

interface Running {
  readonly process: Process;
  readonly context: CodeContext;
}

async function standardContext(language: string, use: SandboxUse): Promise<CodeContext> {
  const cwd = await homePath("~", { use, user: defaultUser });
  return { id: `standard-${language}-${use.sandboxId}`, language, cwd };
}

async function start({ id, language, cwd }: CodeContext, use: SandboxUse): Promise<Process> {
  const argv = programs[language] ?? [];
  const tag = `${tagPrefix}${id} ${language} ${cwd}`;
  // A folder of another user is no place for this one.
  const user = cwd === "/root" || cwd.startsWith("/root/") ? "root" : defaultUser;
  const call = use.call({ timeoutMs: stepTimeoutMs });
  return use.exec.start({ argv, cwd, user, tag, hasInput: true }, call);
}

function languageOf(name: string): string {
  const language = languages[name.toLowerCase()];
  if (language !== undefined) return language;
  throw raise("argument.invalid", {
    op: "e2b.contexts",
    detail: { path: "/language", rule: "python, javascript, typescript, bash or java" },
    message: `Cannot run ${name.slice(0, 32)}: the sandbox knows python, javascript, typescript, bash and java`,
  });
}

function missing(id: string): Error {
  return raise("resource.missing", {
    op: "e2b.contexts",
    detail: { type: "context", id },
    message: `Cannot find the context ${id.slice(0, 64)}: there is none`,
  });
}

function tooMany(): Error {
  return raise("quota.exceeded", {
    op: "e2b.contexts",
    detail: { meter: "contexts", limit: contextsMax, asked: contextsMax + 1 },
    message: `Cannot create the context: the sandbox has ${contextsMax} already`,
  });
}
