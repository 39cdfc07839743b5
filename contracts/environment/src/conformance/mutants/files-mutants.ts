import { isFault, raise } from "@bedplate/errors";
import type { FileEntry, FilesDriver, WriteRequest } from "../../facets/files.ts";
import { bytesOf, streamOf } from "../machine/machine-rig.ts";
import { changing, declaring, facetOf, forgiving, hostChanging } from "./machine-mutant.ts";
import type { Mutant, MutantParts } from "./mutant.ts";

const appliesTo = declaring("files");

/** Defects of `files`. */
export const filesMutants: readonly Mutant[] = [
  {
    id: "a byte of a file is changed",
    caughtBy: ["FI-01"],
    appliesTo,
    make: () =>
      changing("files", (inner) => ({
        async read(...asked) {
          const data = await bytesOf(await inner.read(...asked));
          if (data.length > 100) data[100] = (data[100] ?? 0) ^ 1;
          return streamOf(data);
        },
      })),
  },
  {
    id: "the mode of a file is not the one asked for",
    caughtBy: ["FI-01"],
    appliesTo,
    make: () => writing(({ mode: _, ...request }) => request),
  },
  {
    id: "the offset of a range is ignored",
    caughtBy: ["FI-02"],
    appliesTo,
    make: () =>
      changing("files", (inner) => ({
        read: ({ offset: _, ...request }, call) => inner.read(request, call),
      })),
  },
  {
    id: "a range is a byte short",
    caughtBy: ["FI-02"],
    appliesTo,
    make: () =>
      changing("files", (inner) => ({
        read: (request, call) =>
          inner.read({ ...request, length: Math.max(0, (request.length ?? 1e9) - 1) }, call),
      })),
  },
  {
    id: "a file is replaced bit by bit",
    caughtBy: ["FI-03"],
    appliesTo,
    make: () =>
      changing("files", (inner) => ({
        async write(request, call) {
          const data = await bytesOf(request.body);
          const half = streamOf(data.subarray(0, data.length >> 1));
          await inner.write({ ...request, body: half }, call);
          await new Promise((resolve) => setTimeout(resolve, 5));
          return inner.write({ ...request, body: streamOf(data) }, call);
        },
      })),
  },
  {
    id: "a path that climbs is taken",
    caughtBy: ["FI-04"],
    appliesTo,
    make: () =>
      hostChanging("files", (inner) => ({
        read: (...asked) => forgiving(inner.read(...asked), "argument.invalid", () => streamOf("")),
      })),
  },
  {
    id: "a link looks like what it leads to",
    caughtBy: ["FI-04"],
    appliesTo: ({ plugin, machine }) =>
      plugin.manifest.declares.files !== undefined && machine?.commands.link !== undefined,
    make: () =>
      changing("files", (inner) => ({
        async stat(...asked) {
          const { target: _, ...entry } = await inner.stat(...asked);
          return { ...entry, kind: entry.kind === "link" ? "file" : entry.kind };
        },
      })),
  },
  {
    id: "a list has no order",
    caughtBy: ["FI-05"],
    appliesTo,
    make: () => listing((all) => all.toReversed()),
  },
  {
    id: "a list shows one level",
    caughtBy: ["FI-05"],
    appliesTo,
    make: () =>
      changing("files", (inner) => ({
        list: (request, call) => inner.list({ ...request, depth: 1 }, call),
      })),
  },
  {
    id: "a file that is too long is taken",
    caughtBy: ["FI-06"],
    appliesTo,
    make: () =>
      hostChanging("files", (inner) => ({
        write: (request, call) =>
          forgiving(inner.write(request, call), "argument.invalid", () =>
            inner.stat({ path: request.path }, call),
          ),
      })),
  },
  {
    id: "deleting does nothing",
    caughtBy: ["FI-07"],
    appliesTo,
    make: () => changing("files", () => ({ delete: async () => {} })),
  },
  {
    id: "deleting what is not there fails",
    caughtBy: ["FI-07"],
    appliesTo,
    make: () =>
      changing("files", (inner) => ({
        async delete(request, call) {
          await inner.stat(request, call);
          await inner.delete(request, call);
        },
      })),
  },
  {
    id: "a pause loses files",
    caughtBy: ["FI-08"],
    appliesTo: declaring("files", "pause"),
    make: () =>
      changing("pause", (inner, instance) => ({
        async resume(call) {
          await inner.resume(call);
          const files = facetOf(instance, "files");
          for await (const { path } of files?.list({ path: "/", depth: 3 }, call) ?? []) {
            if (path.endsWith("/kept")) await files?.delete({ path }, call);
          }
        },
      })),
  },
  {
    id: "a folder that is there is made again",
    caughtBy: ["FI-09"],
    appliesTo,
    make: () =>
      changing("files", (inner) => ({
        async makeFolder(request, call) {
          try {
            return await inner.makeFolder(request, call);
          } catch (error) {
            if (isFault(error, "resource.exists")) return inner.stat(request, call);
            throw error;
          }
        },
      })),
  },
  {
    id: "a move leaves the file where it was",
    caughtBy: ["FI-09"],
    appliesTo,
    make: () =>
      changing("files", (inner) => ({
        move: async (request, call) => ({ ...(await inner.stat(request, call)), path: request.to }),
      })),
  },
  {
    id: "a watcher is not told of moves",
    caughtBy: ["FI-10"],
    appliesTo: ({ plugin }) => plugin.manifest.declares.files?.watch === true,
    make: () =>
      changing("files", (inner) => ({
        async *watch(...asked) {
          for await (const each of inner.watch(...asked)) if (each.kind !== "moved") yield each;
        },
      })),
  },
  {
    id: "a watcher is never ready",
    caughtBy: ["FI-10"],
    appliesTo: ({ plugin }) => plugin.manifest.declares.files?.watch === true,
    make: () =>
      changing("files", (inner) => ({
        async *watch(...asked) {
          let isFirst = true;
          for await (const each of inner.watch(...asked)) {
            yield isFirst ? { kind: "missed", path: "" } : each;
            isFirst = false;
          }
        },
      })),
  },
  {
    id: "attributes pile up",
    caughtBy: ["FI-11"],
    appliesTo: ({ plugin }) => plugin.manifest.declares.files?.attributes === true,
    make: () => {
      let kept = {};
      return writing((request) => {
        kept = { ...kept, ...request.attributes };
        return { ...request, attributes: kept };
      });
    },
  },
  {
    id: "a body that fails leaves its beginning",
    caughtBy: ["FI-12"],
    appliesTo,
    make: () => changing("files", partial),
  },
  {
    id: "a file that is missing is empty",
    caughtBy: ["FI-13"],
    appliesTo,
    make: () =>
      changing("files", (inner) => ({
        read: (...asked) => forgiving(inner.read(...asked), "resource.missing", () => streamOf("")),
      })),
  },
  {
    id: "whoever asks is somebody else",
    caughtBy: ["FI-13"],
    appliesTo,
    make: () => writing(({ user: _, ...request }) => request),
  },
];

function writing(change: (request: WriteRequest) => WriteRequest): MutantParts {
  return changing("files", (inner) => ({
    write: (request, call) => inner.write(change(request), call),
  }));
}

function listing(change: (all: FileEntry[]) => readonly FileEntry[]): MutantParts {
  return changing("files", (inner) => ({
    async *list(...asked) {
      yield* change(await Array.fromAsync(inner.list(...asked)));
    },
  }));
}

function partial(inner: FilesDriver): Partial<FilesDriver> {
  return {
    async write(request, call) {
      const parts: Uint8Array[] = [];
      try {
        for await (const each of request.body) parts.push(each);
      } catch (cause) {
        await inner.write({ ...request, body: streamOf(Buffer.concat(parts)) }, call);
        throw failed(cause);
      }
      return inner.write({ ...request, body: streamOf(Buffer.concat(parts)) }, call);
    },
  };
}

function failed(cause: unknown): Error {
  return raise("call.cancelled", {
    op: "instance.files.write",
    detail: {},
    message: "Cannot write the file: its contents broke off",
    cause,
  });
}
