import type { MachineRequest } from "@bedplate/machines";
import { splitTag, type TemplateBuilder, tagDefault } from "./template-builder.ts";

/** What a sandbox of a template is made from. */
export type TemplateStart = Pick<MachineRequest, "slot" | "artifact" | "config" | "caps" | "env">;

/** A template, as clients name it. */
export interface Template {
  readonly templateID: string;
  readonly start: TemplateStart;
  /** Whether snippets of code can be run in its sandboxes. */
  readonly hasInterpreter?: boolean | undefined;
  /** What is started in each of its sandboxes, and succeeds once it can be used. */
  readonly command?: StartCommand | undefined;
}

/** What is run when a sandbox starts. */
export interface StartCommand {
  readonly command: string;
  readonly ready?: string | undefined;
  readonly readyMs?: number | undefined;
}

/** Where templates come from. */
export interface Templates {
  /** By its id or a name; undefined where the project has none. */
  find(project: string, name: string): Promise<Template | undefined>;
}

/** Sandboxes have a root user, who owns what belongs to nobody else. */
export const sandboxConfig: Readonly<Record<string, unknown>> = { user: "root" };

/** Names that every project has, for the node's own programs; whether they run snippets of code. */
const standardNames: Readonly<Record<string, boolean>> = {
  base: false,
  "code-interpreter-v1": true,
  "code-interpreter": true,
};

/** Whether every project has a template of that name. */
export function isStandardTemplate(name: string): boolean {
  return Object.hasOwn(standardNames, name);
}

/** The templates that need nothing but the slot's standard image. */
export const standardTemplates: Templates = {
  async find(_project, name) {
    const hasInterpreter = Object.hasOwn(standardNames, name) ? standardNames[name] : undefined;
    if (hasInterpreter === undefined) return undefined;
    return { templateID: name, start: { config: sandboxConfig }, hasInterpreter };
  },
};

/** Longest wait for the root of a template, and for what it starts where it does not say. */
const resolveMs = 60_000;
const readyMsDefault = 60_000;

/** The standard templates, and those that the project has built. */
export function builtTemplates(builder: TemplateBuilder): Templates {
  return {
    async find(project, text) {
      const standard = await standardTemplates.find(project, text);
      if (standard !== undefined) return standard;
      const { name, tag = tagDefault } = splitTag(text);
      const found = await builder.find(project, name);
      if (found === undefined) return undefined;
      const signal = AbortSignal.timeout(resolveMs);
      const reference = `template:${found.name}:${tag}`;
      const { root, start } = await builder.resolve(project, reference, { signal });
      const { caps, id } = found;
      const made = { config: sandboxConfig, artifact: root, caps };
      const command = start && { readyMs: readyMsDefault, ...start };
      return { templateID: id, start: made, command };
    },
  };
}
