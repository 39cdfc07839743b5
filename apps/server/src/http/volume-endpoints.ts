import type { Volume, VolumeService } from "@bedplate/machines";
import {
  createVolume,
  deleteVolume,
  getVolume,
  listVolumes,
  type VolumeView,
} from "@bedplate/routes";
import { given } from "../run-view.ts";
import { type Endpoint, type Exchange, endpoint } from "./exchange.ts";

/** Everything under `/v1/volumes`. */
export function volumeEndpoints(volumes: VolumeService): readonly Endpoint[] {
  return [
    endpoint(createVolume, async ({ principal, body, idempotencyKey }) => {
      const { project } = principal;
      return viewVolume(await volumes.create({ ...body, project, idempotencyKey }));
    }),
    endpoint(listVolumes, async ({ principal, query }) => {
      const page = await volumes.list({ ...query, project: principal.project });
      return { volumes: page.volumes.map(viewVolume), ...given("next", page.next) };
    }),
    endpoint(getVolume, async (exchange) => viewVolume(await volumes.get(...refOf(exchange)))),
    endpoint(deleteVolume, async (exchange) => {
      await volumes.delete(...refOf(exchange));
      return {};
    }),
  ];
}

function refOf({
  principal,
  params,
}: Pick<Exchange, "principal" | "params">): readonly [project: string, name: string] {
  return [principal.project, params["name"] ?? ""];
}

function viewVolume({ name, slot, bytes, node, labels, holders, createdAt }: Volume): VolumeView {
  return { name, slot, bytes, node, labels, machines: holders, createdAt };
}
