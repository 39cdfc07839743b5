import { randomUUID } from "node:crypto";
import { isFault } from "@bedplate/errors";
import type { EnvironmentDriver } from "../../environment-driver.ts";
import type { VolumeMount, VolumesDriver } from "../../volumes.ts";
import type { ConformanceSubject } from "../conformance-subject.ts";
import { overlay } from "../overlay.ts";
import { creating, forgiving, hostCreating } from "./machine-mutant.ts";
import { driver, type Mutant, type MutantParts } from "./mutant.ts";

const keeps = ({ plugin }: ConformanceSubject): boolean =>
  plugin.manifest.declares.exec?.volumes === true;

/** Defects of volumes. */
export const volumeMutants: readonly Mutant[] = [
  {
    id: "a volume is another one in each machine",
    caughtBy: ["VO-01"],
    appliesTo: keeps,
    make: () => mounting((mount) => ({ ...mount, volume: `lost-${randomUUID()}` })),
  },
  {
    id: "all volumes are the same",
    caughtBy: ["VO-01"],
    appliesTo: keeps,
    make: () => mounting((mount) => ({ ...mount, volume: "one-for-all", isReadOnly: true })),
  },
  {
    id: "whoever comes second has a volume of its own",
    caughtBy: ["VO-02"],
    appliesTo: keeps,
    make: () => lettingIn(() => true),
  },
  {
    id: "who only reads a volume may write",
    caughtBy: ["VO-03"],
    appliesTo: keeps,
    make: () => mounting((mount) => ({ ...mount, isReadOnly: false })),
  },
  {
    id: "a volume is larger than it was asked for",
    caughtBy: ["VO-04"],
    appliesTo: keeps,
    make: () => mounting((mount) => ({ ...mount, bytes: 4 * mount.bytes })),
  },
  {
    id: "a volume without an absolute path is left out",
    caughtBy: ["VO-05"],
    appliesTo: keeps,
    make: () =>
      hostCreating(({ volumes, ...spec }) =>
        volumes === undefined || volumes.some(({ path }) => path === "data")
          ? spec
          : { ...spec, volumes },
      ),
  },
  {
    id: "an erased volume is only forgotten for a while",
    caughtBy: ["VO-06"],
    appliesTo: keeps,
    make: () => erasing(() => ({ erase: async () => {} })),
  },
  {
    id: "a volume that a machine has counts as erased",
    caughtBy: ["VO-06"],
    appliesTo: keeps,
    make: () =>
      erasing((inner) => ({
        erase: (volume, call) => forgiving(inner.erase(volume, call), "resource.busy", () => {}),
      })),
  },
  {
    id: "volumes are not listed",
    caughtBy: ["VO-06"],
    appliesTo: keeps,
    make: () => erasing(() => ({ async *list() {} })),
  },
  {
    id: "a machine that was recovered has let go of its volumes",
    caughtBy: ["VO-07"],
    appliesTo: keeps,
    make: () => {
      let hasRecovered = false;
      const marking = driver((inner) =>
        overlay(inner, {
          async recover(handle, call) {
            hasRecovered = true;
            return inner.recover(handle, call);
          },
        }),
      );
      const letting = lettingIn(() => hasRecovered);
      return { plugin: (plugin) => letting.plugin?.(marking.plugin?.(plugin) ?? plugin) ?? plugin };
    },
  },
  {
    id: "a restored machine has the volumes of the one that was captured",
    caughtBy: ["VO-08"],
    appliesTo: (subject) =>
      keeps(subject) &&
      subject.plugin.manifest.declares.snapshot?.scopes.includes("files") === true,
    make: () => {
      let last: readonly VolumeMount[] | undefined;
      return creating((spec) => {
        last = spec.volumes ?? last;
        return spec.from === undefined || last === undefined ? spec : { ...spec, volumes: last };
      });
    },
  },
];

/** A defect of how mounts reach the driver. */
function mounting(change: (mount: VolumeMount) => VolumeMount): MutantParts {
  return creating(({ volumes, ...spec }) =>
    volumes === undefined ? spec : { ...spec, volumes: volumes.map(change) },
  );
}

function erasing(change: (inner: VolumesDriver) => Partial<VolumesDriver>): MutantParts {
  return driver((inner) => {
    const { volumes } = inner;
    return volumes === undefined
      ? inner
      : overlay(inner, { volumes: overlay(volumes, change(volumes)) });
  });
}

/** Whoever is refused because others have its volumes has others instead. */
function lettingIn(isOn: () => boolean): MutantParts {
  return driver((inner) =>
    overlay(inner, {
      create: async (...[spec, call]: Parameters<EnvironmentDriver["create"]>) => {
        try {
          return await inner.create(spec, call);
        } catch (error) {
          if (!isFault(error, "resource.busy") || !isOn()) throw error;
          const own = spec.volumes?.map((each) => ({ ...each, volume: `own-${randomUUID()}` }));
          return inner.create({ ...spec, ...(own && { volumes: own }) }, call);
        }
      },
    }),
  );
}
