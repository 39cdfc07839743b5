import { digestBytes, encodeCbor } from "@bedplate/codec";
import { erasePlugin } from "@bedplate/environment";
import type { Argv, ConformanceSubject, OlderSnapshot } from "@bedplate/environment/conformance";
import { encodeImage } from "./machine/fake-image.ts";
import { fakeMachinePlugin } from "./machine/fake-machine-plugin.ts";
import { engine, snapshotFormat } from "./machine/machine-manifest.ts";
import type { MachineStep } from "./machine/machine-step.ts";

const plugin = fakeMachinePlugin();
const image = (name: string) => ({ artifact: encodeImage({ files: { "/etc/hostname": name } }) });

/** Fake machines as a subject of the contract's conformance suite. Nothing here is invoked: programs are images. */
export const subject: ConformanceSubject = {
  plugin: erasePlugin(plugin),
  repeats: 100,
  programs: {
    echo: image("echo"),
    fail: image("fail"),
    spin: image("spin"),
    flood: image("flood"),
    corrupt: { artifact: new Uint8Array(Buffer.from('{"files":{"')) },
  },
  cannot: Object.fromEntries(
    [
      ..."trap stubborn hoard recurse count clock random".split(" "),
      ..."read write events call callStatic unsupported".split(" "),
    ].map((each) => [each, "nothing is invoked in a machine"]),
  ),
  machine: {
    otherUser: "guest",
    tight: { diskBytes: 1024 * 1024 },
    outside: {
      open: { address: "203.0.113.7", port: 80, name: "outside.test" },
      inside: { address: "10.0.0.9", port: 80 },
    },
    older: [olderSnapshot()],
    commands: {
      say: (text) => steps({ do: "print", text }),
      complain: (text) => steps({ do: "print", text, to: "stderr" }),
      everyByte: () => steps({ do: "printBytes" }),
      exit: (code) => steps({ do: "exit", code }),
      copy: () => steps({ do: "copy" }),
      flood: (bytes) => steps({ do: "flood", bytes }),
      idle: () => steps({ do: "sleep" }),
      tick: (ms) => steps({ do: "tick", ms }),
      terminal: () => steps({ do: "terminal" }),
      polite: (signal) =>
        steps(
          { do: "trap", signal, text: "bye\n" },
          { do: "print", text: "ready\n" },
          { do: "sleep" },
        ),
      variable: (name) => steps({ do: "env", name }),
      cwd: () => steps({ do: "show", what: "cwd" }),
      user: () => steps({ do: "show", what: "user" }),
      readFile: (path) => steps({ do: "read", path }),
      writeFile: (path, text) => steps({ do: "write", path, text }),
      link: (path, target) => steps({ do: "link", path, target }),
      rewrite: (path, texts) => steps({ do: "rewrite", path, texts }),
      listen: (port, text) => steps({ do: "listen", port, text }),
      connect: (host, port) => steps({ do: "connect", host, port }),
      hold: (host, port) => steps({ do: "connect", host, port, holds: true }),
      monotonic: () => steps({ do: "show", what: "monotonic" }),
      wallClock: () => steps({ do: "show", what: "clock" }),
      random: () => steps({ do: "show", what: "random" }),
      identity: () => steps({ do: "show", what: "identity" }),
      cap: (name) => steps({ do: "cap", name }),
      takeMemory: (bytes) => steps({ do: "take", bytes }, { do: "sleep" }),
      fork: (count) => steps({ do: "fork", count }),
      fill: (path, bytes) => steps({ do: "fill", path, bytes }),
      makeFiles: (folder, count) => steps({ do: "makeFiles", folder, count }),
    },
  },
};

function steps(...all: readonly MachineStep[]): Argv {
  return ["do", JSON.stringify(all)];
}

/** A snapshot as minor 0 wrote it: without attributes. */
function olderSnapshot(): OlderSnapshot {
  const [path, text] = ["/tmp/older", "from an earlier life"];
  const node = { target: "", owner: "user", modifiedAt: 1 };
  const folder = { ...node, kind: "folder", mode: 0o777, bytes: 0 };
  const file = { ...node, kind: "file", mode: 0o644, bytes: text.length };
  const nodes = [
    ["/", folder],
    ["/tmp", folder],
    [path, file],
  ] as const;
  const base = { diskBytes: 0, inodes: 3 };
  const chunks = [encodeCbor({ base, nodes, processes: [] }), new Uint8Array(Buffer.from(text))];
  return {
    path,
    text,
    chunks,
    manifest: {
      scope: "files",
      format: { ...snapshotFormat, minor: 0 },
      by: { plugin: plugin.manifest.plugin.build, engine },
      requires: [{ what: "engine", needs: engine }],
      chunks: chunks.map((each) => ({ digest: digestBytes(each), bytes: each.length })),
      clones: "many",
      hasEnv: false,
    },
  };
}
