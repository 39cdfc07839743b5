import type { Digest } from "@bedplate/codec";
import type { Caps } from "@bedplate/environment";

/** A template that is built, with the build that each tag stands for. */
export interface BuiltTemplate {
  readonly id: string;
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly lastBuild: string;
  readonly caps: Caps;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** One build of a template. */
export interface TemplateBuild {
  readonly id: string;
  readonly template: string;
  readonly phase: "waiting" | "building" | "ready" | "failed";
  readonly failure?: { readonly message: string; readonly step?: number | undefined } | undefined;
}

/** One step of a build. */
export type BuilderStep =
  | { readonly kind: "RUN"; readonly command: string; readonly user?: string | undefined }
  | {
      readonly kind: "COPY";
      readonly from: string;
      readonly to: string;
      readonly files: string;
      readonly owner?: string | undefined;
      readonly mode?: string | undefined;
    }
  | { readonly kind: "ENV"; readonly variables: Readonly<Record<string, string>> }
  | { readonly kind: "WORKDIR"; readonly path: string }
  | { readonly kind: "USER"; readonly name: string };

/** What a build does. */
export interface BuilderPlan {
  /** `host`, `template:NAME[:TAG]` or `image:REFERENCE`. */
  readonly from: string;
  readonly steps: readonly BuilderStep[];
  readonly start?: { readonly command: string; readonly ready?: string | undefined } | undefined;
  readonly isForced?: boolean | undefined;
}

/** What builds templates, as far as clients of E2B need it. */
export interface TemplateBuilder {
  readonly files: {
    has(project: string, name: string): Promise<boolean>;
    put(project: string, name: string, bytes: Uint8Array): Promise<unknown>;
  };
  prepare(request: {
    readonly project: string;
    readonly name: string;
    readonly tags?: readonly string[] | undefined;
    readonly caps?: Caps | undefined;
  }): Promise<{ readonly template: BuiltTemplate; readonly build: TemplateBuild }>;
  plan(project: string, build: string, plan: BuilderPlan): Promise<TemplateBuild>;
  getBuild(project: string, id: string): Promise<TemplateBuild>;
  logs(
    project: string,
    id: string,
    options: { readonly from?: number | undefined; readonly limit?: number | undefined },
  ): Promise<readonly BuilderLogEntry[]>;
  find(project: string, nameOrId: string): Promise<BuiltTemplate | undefined>;
  list(project: string): Promise<readonly BuiltTemplate[]>;
  delete(project: string, nameOrId: string): Promise<void>;
  tag(
    project: string,
    nameOrId: string,
    tags: Readonly<Record<string, string | null>>,
  ): Promise<BuiltTemplate>;
  resolve(
    project: string,
    reference: string,
    options: { readonly signal: AbortSignal },
  ): Promise<{
    readonly root: Digest;
    readonly start?:
      | {
          readonly command: string;
          readonly ready?: string | undefined;
          readonly readyMs?: number | undefined;
        }
      | undefined;
  }>;
}

/** A line of a build's log. */
export interface BuilderLogEntry {
  readonly time: number;
  readonly level: "info" | "warn" | "error";
  readonly text: string;
  readonly step?: number | undefined;
}

/** The tag of a template that names none. */
export const tagDefault = "default";

/** Takes `name:tag` apart. */
export function splitTag(text: string): {
  readonly name: string;
  readonly tag: string | undefined;
} {
  const [name = "", tag] = text.split(":");
  return { name, tag };
}
