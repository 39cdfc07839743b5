import {
  type BuildView,
  buildTemplate,
  deleteImage,
  deleteTemplate,
  followBuild,
  getBuild,
  getTemplate,
  type ImageView,
  listBuilds,
  listImages,
  listTemplates,
  loadImage,
  pullImage,
  putBuildFiles,
  type TemplateView,
  tagTemplate,
} from "@bedplate/routes";
import type { Build, PulledImage, Template, TemplateService } from "@bedplate/templates";
import { type Endpoint, endpoint } from "./exchange.ts";

/** How long an image may take to arrive. */
const pullMsMax = 30 * 60 * 1000;

/** Everything under `/v1/templates`, `/v1/builds` and `/v1/images`. */
export function templateEndpoints(templates: TemplateService): readonly Endpoint[] {
  return [
    ...recordEndpoints(templates),
    ...buildEndpoints(templates),
    ...imageEndpoints(templates),
  ];
}

function recordEndpoints(templates: TemplateService): readonly Endpoint[] {
  return [
    endpoint(listTemplates, async ({ principal }) => ({
      templates: (await templates.list(principal.project)).map(viewTemplate),
    })),
    endpoint(getTemplate, async ({ principal, params }) =>
      viewTemplate(await templates.get(principal.project, params["template"] ?? "")),
    ),
    endpoint(deleteTemplate, async ({ principal, params }) => {
      await templates.delete(principal.project, params["template"] ?? "");
      return {};
    }),
    endpoint(tagTemplate, async ({ principal, params, body }) =>
      viewTemplate(await templates.tag(principal.project, params["template"] ?? "", body.tags)),
    ),
    endpoint(listBuilds, async ({ principal, params }) => ({
      builds: (await templates.builds(principal.project, params["template"] ?? "")).map(viewBuild),
    })),
  ];
}

function buildEndpoints(templates: TemplateService): readonly Endpoint[] {
  return [
    endpoint(buildTemplate, async ({ principal, body }) => {
      const { name, tags, caps, ...plan } = body;
      const request = { project: principal.project, name, tags, caps };
      return viewBuild((await templates.build(request, plan)).build);
    }),
    endpoint(putBuildFiles, async ({ principal, params, body }) => {
      const { artifact, bytes } = await templates.files.put(
        principal.project,
        params["name"] ?? "",
        body,
      );
      return { artifact, bytes };
    }),
    endpoint(getBuild, async ({ principal, params, query, signal }) => {
      const id = params["id"] ?? "";
      const { waitMs } = query;
      if (waitMs === undefined) return viewBuild(await templates.getBuild(principal.project, id));
      const until = AbortSignal.any([signal, AbortSignal.timeout(waitMs)]);
      return viewBuild(await templates.wait(principal.project, id, { signal: until }));
    }),
    endpoint(followBuild, ({ principal, params, query, signal }) =>
      logOf(templates, {
        project: principal.project,
        id: params["id"] ?? "",
        from: query.from,
        // Without `follow` the log ends where it is now.
        signal: query.follow === true ? signal : AbortSignal.abort(),
      }),
    ),
  ];
}

function imageEndpoints(templates: TemplateService): readonly Endpoint[] {
  const { images } = templates;
  return [
    endpoint(pullImage, async ({ principal, body, signal }) => {
      const until = AbortSignal.any([signal, AbortSignal.timeout(pullMsMax)]);
      return viewImage(await images.pull(principal.project, body.reference, { signal: until }));
    }),
    endpoint(loadImage, async ({ principal, query, body, signal }) =>
      viewImage(await images.load(principal.project, query.reference, { layout: body, signal })),
    ),
    endpoint(listImages, async ({ principal }) => ({
      images: (await images.list(principal.project)).map(viewImage),
    })),
    endpoint(deleteImage, async ({ principal, query }) => {
      await images.delete(principal.project, query.reference);
      return {};
    }),
  ];
}

function logOf(
  templates: TemplateService,
  options: {
    readonly project: string;
    readonly id: string;
    readonly from: number | undefined;
    readonly signal: AbortSignal;
  },
) {
  const { project, id, from, signal } = options;
  return templates.follow(project, id, { from, signal });
}

function viewTemplate({ project: _, ...rest }: Template): TemplateView {
  return rest;
}

function viewBuild({ project: _project, plan: _plan, caps: _caps, ...rest }: Build): BuildView {
  return rest;
}

function viewImage({ project: _, ...rest }: PulledImage): ImageView {
  return rest;
}
