import { isFault } from "@bedplate/errors";
import type { MachineService } from "@bedplate/machines";
import type { PlaceOf } from "./run-place.ts";

/** Routes that need the node which has the machine; everything else is a matter of records. */
const placed: ReadonlySet<string> = new Set([
  ..."exec startProcess processes process output input closeInput signal terminal".split(" "),
  ..."readFile writeFile deleteFile listFiles makeFolder moveFile watchFiles".split(" "),
  ..."resize egress capture fork metrics openPort closePort".split(" "),
]);

/** What happens inside a machine belongs to the replica whose host has it. */
export function placeByMachine(
  machines: MachineService,
  urlOfPlace: (place: string) => Promise<string | undefined>,
): PlaceOf {
  return async (route, { principal, params }) => {
    const [noun = "", verb = ""] = route.id.split(".");
    if (noun !== "machines" || !placed.has(verb)) return undefined;
    try {
      const { node } = await machines.get(principal.project, params["id"] ?? "");
      return node === undefined ? undefined : await urlOfPlace(node);
    } catch (error) {
      // What is not there is said by whoever answers.
      if (isFault(error, "resource.missing")) return undefined;
      throw error;
    }
  };
}
