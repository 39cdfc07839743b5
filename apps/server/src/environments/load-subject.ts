import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { newCall, openEnvironment, type Plugin } from "@bedplate/environment";
import type { ConformanceProgram, ConformanceSubject } from "@bedplate/environment/conformance";
import { type Mount, mountInThread } from "@bedplate/environment-remote";
import { raise } from "@bedplate/errors";
import type { ReleaseOrigin } from "@bedplate/registry";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { mountOrigin, pluginExport } from "../plugins/mount-origin.ts";
import { describeTimeoutMs } from "../plugins/plugins.ts";
import { loadPlugin } from "./catalog.ts";

/** A plug-in in files, to be proved. */
export type SubjectSource = Omit<ReleaseOrigin, "files"> & {
  /** JSON file with the programs that prove it. Default: `conformance.json` in its folder. */
  readonly programs?: string | undefined;
};

/** A subject, and what has to be closed when it was proved. */
export interface LoadedSubject extends AsyncDisposable {
  readonly subject: ConformanceSubject;
}

/** What `conformance.json` says: programs by what they do, and why some cannot be. */
interface ProgramsFile {
  readonly programs: Readonly<Record<string, ProgramFile>>;
  readonly cannot?: Readonly<Record<string, string>> | undefined;
  readonly config?: Readonly<Record<string, unknown>> | undefined;
  readonly instanceConfig?: Readonly<Record<string, unknown>> | undefined;
}

/** An artifact as text, in base64 or as a file beside this one. */
interface ProgramFile {
  readonly text?: string | undefined;
  readonly base64?: string | undefined;
  readonly file?: string | undefined;
  readonly entry?: string | undefined;
}

const closed = { additionalProperties: false } as const;
const anything = () => Type.Optional(Type.Record(Type.String(), Type.Unknown()));
const programsSchema: Schema<ProgramsFile> = defineSchema(
  Type.Object(
    {
      programs: Type.Record(
        Type.String(),
        Type.Object(
          {
            text: Type.Optional(Type.String()),
            base64: Type.Optional(Type.String()),
            file: Type.Optional(Type.String()),
            entry: Type.Optional(Type.String()),
          },
          closed,
        ),
      ),
      cannot: Type.Optional(Type.Record(Type.String(), Type.String())),
      config: anything(),
      instanceConfig: anything(),
    },
    closed,
  ),
);

/** Behaviours without which hardly a case can be run. */
const required = ["echo", "fail", "spin", "flood", "corrupt"];

/** A module may export the whole subject; for everything else the programs are in a file. */
export async function loadSubject(source: SubjectSource): Promise<LoadedSubject> {
  const exported = source.kind === "module" ? await exportedSubject(source) : undefined;
  if (exported !== undefined) return { subject: exported, [Symbol.asyncDispose]: async () => {} };
  const programs = readPrograms(source.programs ?? join(source.folder, "conformance.json"));
  const mount = await mountSubject(source);
  const open: ConformanceSubject["open"] = (plugin, options, call) =>
    openEnvironment(plugin, { kill: () => mount.kill(), ...options }, call);
  return {
    subject: { ...programs, plugin: mount.plugin, open, repeats: repeatsOf(source) },
    [Symbol.asyncDispose]: () => mount[Symbol.asyncDispose](),
  };
}

/** Every repetition of a program starts processes. */
function repeatsOf({ kind }: SubjectSource): number | undefined {
  return kind === "program" ? 50 : undefined;
}

/** A module is loaded here, as a test of its own would: cases look at it from all sides. */
async function mountSubject(source: SubjectSource): Promise<Mount> {
  if (source.kind === "module") return mountInThread(await pluginOfModule(source));
  const call = newCall({ principal: "conformance", timeoutMs: describeTimeoutMs });
  return mountOrigin(source, { call });
}

function pluginOfModule({ folder, main, exportName }: SubjectSource): Promise<Plugin> {
  return loadPlugin(pathToFileURL(join(folder, main)).href, exportName ?? pluginExport);
}

async function exportedSubject(source: SubjectSource): Promise<ConformanceSubject | undefined> {
  const { folder, main } = source;
  const loaded = (await import(pathToFileURL(join(folder, main)).href)) as {
    readonly subject?: ConformanceSubject;
  };
  return loaded.subject;
}

function readPrograms(path: string): Omit<ConformanceSubject, "plugin"> {
  const { programs, ...rest } = programsSchema.parse(readJson(path), {
    what: path,
    op: "environment.conform",
  });
  const lacking = required.find((each) => programs[each] === undefined);
  if (lacking !== undefined) throw unusable(path, `it has no program "${lacking}"`);
  const loaded = Object.entries(programs).map(([name, each]) => [name, programOf(path, each)]);
  return { ...rest, programs: Object.fromEntries(loaded) as ConformanceSubject["programs"] };
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    const why = cause instanceof SyntaxError ? cause.message : "there is no such file";
    throw unusable(path, why, cause);
  }
}

function programOf(path: string, { text, base64, file, entry }: ProgramFile): ConformanceProgram {
  const given = [text, base64, file].filter((each) => each !== undefined);
  if (given.length !== 1) throw unusable(path, "a program has one of text, base64 and file");
  const artifact =
    file === undefined
      ? Buffer.from(given[0] ?? "", base64 === undefined ? "utf8" : "base64")
      : readFileSync(join(path, "..", file));
  return { artifact, entry };
}

function unusable(path: string, why: string, cause?: unknown): Error {
  return raise("argument.invalid", {
    op: "environment.conform",
    detail: { path, rule: why },
    message: `Cannot read the programs of ${path}: ${why}`,
    ...(cause !== undefined && { cause }),
  });
}
