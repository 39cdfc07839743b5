import {
  type BuildStatusView,
  buildRequestSchema,
  errorResponse,
  tagsRequestSchema,
  templateRequestSchema,
  untagRequestSchema,
} from "@bedplate/e2b";
import { raise } from "@bedplate/errors";
import type { Hono } from "hono";
import type { AddRoute } from "../control/control-exchange.ts";
import { readJson } from "../control/read-json.ts";
import { buildPlanOf } from "./build-plan.ts";
import {
  type BuiltTemplate,
  splitTag,
  type TemplateBuild,
  type TemplateBuilder,
  tagDefault,
} from "./template-builder.ts";
import type { UploadGrants } from "./upload-grants.ts";

/** Entries of a build's log in one answer. */
const logPage = 100;

/** Largest archive of files. */
const uploadBytesMax = 256 * 1024 * 1024;

/** What the routes of templates are built from. */
export interface TemplateRoutesModules {
  /** Left out: templates are listed, and cannot be built. */
  readonly builder?: TemplateBuilder | undefined;
  readonly grants: UploadGrants;
  /** Images that stand for another root. */
  readonly roots: Readonly<Record<string, string>>;
  /** Whether a name is one of those that every project has. */
  readonly isStandard: (name: string) => boolean;
}

/** Templates: built, looked up, tagged. */
export function templateRoutes(on: AddRoute, app: Hono, modules: TemplateRoutesModules): void {
  const { builder, grants, isStandard } = modules;
  on("GET", "/templates/aliases/:alias", async ({ context, principal }) => {
    const { name } = splitTag(context.req.param("alias") ?? "");
    if (isStandard(name)) return context.json({ templateID: name, public: true });
    const found = await builder?.find(principal.project, name);
    if (found === undefined) throw missing(name);
    return context.json({ templateID: found.id, public: false });
  });
  if (builder === undefined) return;
  on("GET", "/templates", async ({ context, principal }) =>
    context.json((await builder.list(principal.project)).map(viewOf)),
  );
  addBuildRoutes(on, { ...modules, builder });
  addTagRoutes(on, builder);
  app.put("/templates/uploads", async (context) => {
    const grant = grants.read(new URL(context.req.url).searchParams, Date.now());
    if (grant === undefined) return errorResponse({ code: 403, message: "Cannot upload so" });
    const length = Number(context.req.header("content-length") ?? Number.NaN);
    if (!(length <= uploadBytesMax)) {
      return errorResponse({ code: 413, message: `Cannot take more than ${uploadBytesMax} bytes` });
    }
    const bytes = new Uint8Array(await context.req.raw.arrayBuffer());
    await builder.files.put(grant.project, grant.hash, bytes);
    return context.body(null, 200);
  });
}

function addBuildRoutes(
  on: AddRoute,
  { builder, grants, roots }: TemplateRoutesModules & { readonly builder: TemplateBuilder },
): void {
  for (const path of ["/v3/templates", "/v2/templates"]) {
    on("POST", path, async ({ context, principal }) => {
      const request = await readJson(context, templateRequestSchema);
      const { name, tag } = splitTag(request.name ?? request.alias ?? "");
      const tags = [...(tag === undefined ? [] : [tag]), ...(request.tags ?? [])];
      const { template, build } = await builder.prepare({
        project: principal.project,
        name,
        tags: tags.length === 0 ? undefined : tags,
        caps: {
          ...(request.cpuCount !== undefined && { cpuMillis: request.cpuCount * 1000 }),
          ...(request.memoryMB !== undefined && { memoryBytes: request.memoryMB * 1024 * 1024 }),
        },
      });
      const made = { templateID: template.id, buildID: build.id, tags, public: false };
      return context.json({ ...made, names: [template.name], aliases: [template.name] }, 202);
    });
  }
  on("GET", "/templates/:id/files/:hash", async ({ context, principal }) => {
    const { project } = principal;
    const hash = context.req.param("hash") ?? "";
    const present = await builder.files.has(project, hash);
    const origin = new URL(context.req.url).origin;
    const url = `${origin}${grants.pathOf({ project, hash }, Date.now())}`;
    return context.json({ present, url }, 201);
  });
  on("POST", "/v2/templates/:id/builds/:build", async ({ context, principal }) => {
    const request = await readJson(context, buildRequestSchema);
    const plan = buildPlanOf(request, roots);
    await builder.plan(principal.project, context.req.param("build") ?? "", plan);
    // Clients read JSON of whatever does not say that it has no length.
    return context.json({}, 202);
  });
  on("GET", "/templates/:id/builds/:build/status", async ({ context, principal }) => {
    const { project } = principal;
    const id = context.req.param("build") ?? "";
    const offset = Number(context.req.query("logsOffset") ?? 0);
    if (!Number.isInteger(offset) || offset < 0) throw invalid("/query/logsOffset", "is no amount");
    // The log first: what is written before the end is in a page that tells of the end.
    const build = await builder.getBuild(project, id);
    const entries = await builder.logs(project, id, { from: offset, limit: logPage });
    return context.json(statusOf(build, entries));
  });
}

function addTagRoutes(on: AddRoute, builder: TemplateBuilder): void {
  on("POST", "/templates/tags", async ({ context, principal }) => {
    const { target, tags } = await readJson(context, tagsRequestSchema);
    const { name, tag = tagDefault } = splitTag(target);
    const wanted = Object.fromEntries(tags.map((each) => [ownTag(each, name), tag]));
    const template = await builder.tag(principal.project, name, wanted);
    const buildID = template.tags[Object.keys(wanted)[0] ?? tag] ?? template.lastBuild;
    return context.json({ tags: Object.keys(wanted), buildID }, 201);
  });
  on("DELETE", "/templates/tags", async ({ context, principal }) => {
    const { name, tags } = await readJson(context, untagRequestSchema);
    const gone = Object.fromEntries(tags.map((each) => [ownTag(each, name), null]));
    await builder.tag(principal.project, name, gone);
    return context.body(null, 204);
  });
  on("GET", "/templates/:id/tags", async ({ context, principal }) => {
    const { name } = splitTag(context.req.param("id") ?? "");
    const template = await builder.find(principal.project, name);
    if (template === undefined) throw missing(name);
    const createdAt = new Date(template.updatedAt).toISOString();
    const tags = Object.entries(template.tags);
    return context.json(tags.map(([tag, buildID]) => ({ tag, buildID, createdAt })));
  });
}

/** A tag, perhaps with the template's name before it. */
function ownTag(text: string, name: string): string {
  const tag = text.startsWith(`${name}:`) ? text.slice(name.length + 1) : text;
  if (tag !== "" && !tag.includes(":")) return tag;
  throw invalid("/tags", "must be names without a colon");
}

function statusOf(
  build: TemplateBuild,
  entries: Awaited<ReturnType<TemplateBuilder["logs"]>>,
): BuildStatusView {
  const { failure, phase } = build;
  const logEntries = entries.map(({ time, level, text, step }) => ({
    timestamp: new Date(time).toISOString(),
    level,
    message: text,
    ...(step !== undefined && { step: String(step + 1) }),
  }));
  return {
    templateID: build.template,
    buildID: build.id,
    status: phase === "failed" ? "error" : phase,
    logs: logEntries.map(({ message }) => message),
    logEntries,
    // Clients count the root as step 0, and call it `base`.
    ...(failure && {
      reason: {
        message: failure.message,
        step: failure.step === undefined ? "base" : String(failure.step + 1),
      },
    }),
  };
}

function viewOf(template: BuiltTemplate): object {
  const { id, name, lastBuild, createdAt, updatedAt } = template;
  return {
    templateID: id,
    buildID: lastBuild,
    names: [name],
    aliases: [name],
    public: false,
    createdAt: new Date(createdAt).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
  };
}

function missing(name: string): Error {
  return raise("resource.missing", {
    op: "e2b.templates",
    detail: { type: "template", id: name },
    message: `Cannot find the template ${name.slice(0, 64)}: there is none`,
  });
}

function invalid(path: string, rule: string): Error {
  return raise("argument.invalid", {
    op: "e2b.templates",
    detail: { path, rule },
    message: `Cannot read the request: ${path} ${rule}`,
  });
}
