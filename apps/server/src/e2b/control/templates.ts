import type { MachineRequest } from "@bedplate/machines";

/** What a sandbox of a template is made from. */
export type TemplateStart = Pick<MachineRequest, "slot" | "artifact" | "config" | "caps" | "env">;

/** A template, as clients name it. */
export interface Template {
  readonly templateID: string;
  readonly start: TemplateStart;
}

/** Where templates come from. */
export interface Templates {
  /** By its id or a name; undefined where the project has none. */
  find(project: string, name: string): Promise<Template | undefined>;
}

/** Sandboxes have a root user, who owns what belongs to nobody else. */
export const sandboxConfig: Readonly<Record<string, unknown>> = { user: "root" };

/** Names that every project has: the node's own programs. */
const standardNames = ["base", "code-interpreter-v1"] as const;

/** The templates that need nothing but the slot's standard image. */
export const standardTemplates: Templates = {
  async find(_project, name) {
    const templateID = standardNames.find((each) => each === name);
    return templateID && { templateID, start: { config: sandboxConfig } };
  },
};
