import { erasePlugin, openEnvironment, type Plugin } from "@bedplate/environment";
import type { ConformanceProgram, ConformanceSubject } from "@bedplate/environment/conformance";
import { machineCommands } from "./conformance/machine-commands.ts";
import { makeWorld, outsideWorld } from "./conformance/outside-world.ts";
import { containerPlugin, gvisorPlugin } from "./plugin.ts";

const mebibyte = 1024 * 1024;

/** Containers as a subject of the contract's conformance suite. Needs root, as they do. */
export const subject: ConformanceSubject = subjectOf(erasePlugin(containerPlugin));

/** Machines of gVisor as a subject of the same suite. */
export const gvisorSubject: ConformanceSubject = subjectOf(erasePlugin(gvisorPlugin));

/** A kind of machine as a subject: all run the same programs of this host. */
export function subjectOf(plugin: Plugin): ConformanceSubject {
  const { open, inside, resolver } = outsideWorld;
  const hasEgress = plugin.manifest.declares.egress !== undefined;
  return {
    plugin,
    config: { ...placesOf(plugin), diskBytes: 64 * mebibyte, ...(hasEgress && { resolver }) },
    instanceConfig: { user: "root" },
    repeats: 20,
    timeoutMs: 60_000,
    lacks: [],
    async open(each, options, call) {
      if (hasEgress) await makeWorld();
      return openEnvironment(each, options, call);
    },
    programs: {
      echo: root(""),
      fail: root(" "),
      spin: root("  "),
      flood: root("   "),
      corrupt: { artifact: new TextEncoder().encode('{"root":"') },
    },
    cannot: Object.fromEntries(
      [
        ..."trap stubborn hoard recurse count clock random".split(" "),
        ..."read write events call callStatic unsupported".split(" "),
      ].map((each) => [each, "nothing is invoked in a machine"]),
    ),
    machine: {
      otherUser: "user",
      // Not where a process is by itself: that it is where it was asked to be has to show.
      folder: "/srv",
      tight: { diskBytes: 32 * mebibyte, inodes: 2048, memoryBytes: 128 * mebibyte },
      ...(hasEgress && { outside: { open, inside } }),
      older: [],
      commands: machineCommands,
    },
  };
}

/** Folders of this process alone. */
function placesOf({ manifest }: Plugin): Readonly<Record<string, string>> {
  const folder = `/tmp/bedplate-prove-${manifest.plugin.name}-${process.pid}`;
  return { stateFolder: `${folder}/state`, dataFolder: `${folder}/data` };
}

/** The host's own programs, told a little differently each time: nothing here runs by itself. */
function root(blanks: string): ConformanceProgram {
  return { artifact: new TextEncoder().encode(`{"root":"host"}${blanks}`) };
}
