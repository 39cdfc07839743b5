import { isFault } from "@bedplate/errors";
import type { MachineService } from "@bedplate/machines";
import type { PlaceOf } from "./run-place.ts";

/** Routes that need the node which has the machine; everything else is a matter of records. */
const placed: ReadonlySet<string> = new Set([
  ..."exec startProcess processes process output input closeInput signal terminal".split(" "),
  ..."readFile writeFile deleteFile listFiles makeFolder moveFile watchFiles".split(" "),
  ..."resize egress capture fork metrics".split(" "),
]);

/** Where things are, and where they are reached; undefined for here. */
export interface MachinePlaces {
  readonly machines: MachineService;
  readonly urlOfNode: (node: string) => Promise<string | undefined>;
  readonly urlOfPlace: (place: string) => Promise<string | undefined>;
  /** The server that has the route of a port. */
  readonly keeperOf: (
    ref: { readonly project: string; readonly id: string },
    port: number,
  ) => Promise<string | undefined>;
}

/** What happens inside a machine belongs to its node, the route of a port to the server that opened it. */
export function placeByMachine(places: MachinePlaces): PlaceOf {
  return async (route, { principal, params }) => {
    const [noun = "", verb = ""] = route.id.split(".");
    if (noun !== "machines") return undefined;
    const ref = { project: principal.project, id: params["id"] ?? "" };
    if (verb === "openPort" || verb === "closePort") {
      const keeper = await places.keeperOf(ref, Number(params["port"]));
      return keeper === undefined ? undefined : await places.urlOfPlace(keeper);
    }
    if (!placed.has(verb)) return undefined;
    try {
      const { node } = await places.machines.get(ref.project, ref.id);
      return node === undefined ? undefined : await places.urlOfNode(node);
    } catch (error) {
      // What is not there is said by whoever answers.
      if (isFault(error, "resource.missing")) return undefined;
      throw error;
    }
  };
}
