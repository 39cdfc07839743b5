import type { MachineRequest } from "@bedplate/machines";

/** What a sandbox of a template is made from. */
export type TemplateStart = Pick<MachineRequest, "slot" | "artifact" | "config" | "caps" | "env">;

/** A template, as clients name it. */
export interface Template {
  readonly templateID: string;
  readonly start: TemplateStart;
  /** Whether cells of code can be run in its sandboxes. */
  readonly hasInterpreter?: boolean | undefined;
}

/** Where templates come from. */
export interface Templates {
  /** By its id or a name; undefined where the project has none. */
  find(project: string, name: string): Promise<Template | undefined>;
}

/** Sandboxes have a root user, who owns what belongs to nobody else. */
export const sandboxConfig: Readonly<Record<string, unknown>> = { user: "root" };

/** Names that every project has, for the node's own programs; whether they run cells of code. */
const standardNames: Readonly<Record<string, boolean>> = {
  base: false,
  "code-interpreter-v1": true,
  "code-interpreter": true,
};

/** The templates that need nothing but the slot's standard image. */
export const standardTemplates: Templates = {
  async find(_project, name) {
    const hasInterpreter = Object.hasOwn(standardNames, name) ? standardNames[name] : undefined;
    if (hasInterpreter === undefined) return undefined;
    return { templateID: name, start: { config: sandboxConfig }, hasInterpreter };
  },
};
