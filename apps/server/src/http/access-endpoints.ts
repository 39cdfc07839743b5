import { type ApiKey, type Keys, type Projects, standardQuota } from "@bedplate/access";
import {
  createKey,
  type KeyView,
  listKeys,
  listProjects,
  putProject,
  revokeKey,
} from "@bedplate/routes";
import { type Endpoint, endpoint } from "./exchange.ts";

/** Keys and projects. */
export function accessEndpoints(modules: {
  readonly keys: Keys;
  readonly projects: Projects;
}): readonly Endpoint[] {
  const { keys, projects } = modules;
  return [
    endpoint(createKey, async ({ principal, body }) => {
      const { role, label, project = principal.project } = body;
      const made = await keys.create({ role, label, project });
      return { key: viewKey(made.key), text: made.text };
    }),
    endpoint(listKeys, async ({ principal }) => ({
      keys: (await keys.list(principal.project)).map(viewKey),
    })),
    endpoint(revokeKey, async ({ principal, params }) =>
      viewKey(await keys.revoke(params["id"] ?? "", principal.project)),
    ),
    endpoint(listProjects, async () => ({ projects: await projects.list() })),
    endpoint(putProject, ({ params, body }) =>
      projects.put(params["id"] ?? "", { ...standardQuota, ...body.quota }),
    ),
  ];
}

/** Without the hash. */
function viewKey({ hash: _hash, ...rest }: ApiKey): KeyView {
  return rest;
}
