import type { FileEntry, FilesDriver, KeyedCall } from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import type { MachineService } from "@bedplate/machines";
import {
  deleteFile,
  type FileChangeView,
  listFiles,
  makeFolder,
  moveFile,
  readFile,
  type WatchFilesQuery,
  watchFiles,
  writeFile,
} from "@bedplate/routes";
import { type Endpoint, type Exchange, endpoint } from "./exchange.ts";
import { accessTo, callOf } from "./process-endpoints.ts";

/** How long moving a file may take. */
const transferMs: number = 60 * 60_000;
/** Most entries of one listing. */
const entriesMax = 10_000;
const watchMs = 2 ** 31 - 1;

/** Files inside machines. */
export function fileEndpoints(machines: MachineService): readonly Endpoint[] {
  const on = async <T>(
    exchange: Exchange,
    work: (files: FilesDriver, call: KeyedCall) => Promise<T>,
  ): Promise<T> => {
    const access = await accessTo(machines, exchange);
    return work(access.facet("files"), callOf(access, exchange, transferMs));
  };
  return [
    endpoint(readFile, (exchange) =>
      on(exchange, (files, call) => files.read(exchange.query, call)),
    ),
    endpoint(writeFile, (exchange) => {
      const { query, body } = exchange;
      return on(exchange, (files, call) => files.write({ ...query, body }, call));
    }),
    endpoint(deleteFile, async (exchange) => {
      await on(exchange, (files, call) => files.delete(exchange.query, call));
      return {};
    }),
    endpoint(listFiles, (exchange) => {
      const { depth = 1, ...place } = exchange.query;
      return on(exchange, async (files, call) => {
        if (depth === 0) return { entries: [await files.stat(place, call)] };
        return { entries: await collect(files.list({ ...place, depth }, call)) };
      });
    }),
    endpoint(makeFolder, (exchange) =>
      on(exchange, (files, call) => files.makeFolder(exchange.body, call)),
    ),
    endpoint(moveFile, (exchange) =>
      on(exchange, (files, call) => files.move(exchange.body, call)),
    ),
    endpoint(watchFiles, (exchange) => changes(machines, exchange)),
  ];
}

async function* changes(
  machines: MachineService,
  exchange: Exchange<WatchFilesQuery>,
): AsyncGenerator<FileChangeView, void, void> {
  const { recursive: isRecursive, ...place } = exchange.query;
  const access = await accessTo(machines, exchange);
  const call = callOf(access, exchange, watchMs);
  yield* access.facet("files").watch({ ...place, isRecursive }, call);
}

async function collect(source: AsyncIterable<FileEntry>): Promise<readonly FileEntry[]> {
  const entries: FileEntry[] = [];
  for await (const entry of source) {
    if (entries.length >= entriesMax) throw tooMany();
    entries.push(entry);
  }
  return entries;
}

function tooMany(): Error {
  return raise("quota.exceeded", {
    op: "machines.listFiles",
    retry: "never",
    detail: { meter: "entries", limit: entriesMax, asked: entriesMax + 1 },
    message: `Cannot list the folder: there are more than ${entriesMax} entries below it`,
  });
}
