import {
  type FileChangeView,
  type FileEntryListView,
  type FileEntryView,
  type FileQuery,
  type FolderBody,
  fileChangeSchema,
  fileEntryListSchema,
  fileEntrySchema,
  fileQuerySchema,
  folderSchema,
  type ListFilesQuery,
  listFilesQuerySchema,
  type MoveFileBody,
  moveFileSchema,
  type ReadFileQuery,
  readFileQuerySchema,
  type WatchFilesQuery,
  type WriteFileQuery,
  watchFilesQuerySchema,
  writeFileQuerySchema,
} from "./file-views.ts";
import { json, nothing, type Route } from "./route.ts";

export const readFile: Route<ReadFileQuery, never, ReadableStream<Uint8Array>> = {
  id: "machines.readFile",
  method: "GET",
  path: "/v1/machines/{id}/files",
  role: "viewer",
  summary: "The bytes of a file",
  query: readFileQuerySchema,
  body: nothing,
  answer: { form: "stream" },
  status: 200,
  faults: ["phase.illegal", "capability.undeclared"],
};

export const writeFile: Route<WriteFileQuery, ReadableStream<Uint8Array>, FileEntryView> = {
  id: "machines.writeFile",
  method: "PUT",
  path: "/v1/machines/{id}/files",
  role: "runner",
  summary: "Replace a file at once; folders above it are made",
  query: writeFileQuerySchema,
  body: { form: "stream" },
  answer: json(fileEntrySchema),
  status: 200,
  faults: ["phase.illegal", "capability.undeclared"],
};

export const deleteFile: Route<FileQuery, never, Record<string, never>> = {
  id: "machines.deleteFile",
  method: "DELETE",
  path: "/v1/machines/{id}/files",
  role: "runner",
  summary: "Delete a file, a link, or a folder with all that is in it",
  query: fileQuerySchema,
  body: nothing,
  answer: nothing,
  status: 204,
  faults: ["phase.illegal", "capability.undeclared"],
};

export const listFiles: Route<ListFilesQuery, never, FileEntryListView> = {
  id: "machines.listFiles",
  method: "GET",
  path: "/v1/machines/{id}/entries",
  role: "viewer",
  summary: "The entries below a folder; with depth 0, the entry itself",
  query: listFilesQuerySchema,
  body: nothing,
  answer: json(fileEntryListSchema),
  status: 200,
  faults: ["phase.illegal", "capability.undeclared"],
};

export const makeFolder: Route<never, FolderBody, FileEntryView> = {
  id: "machines.makeFolder",
  method: "POST",
  path: "/v1/machines/{id}/folders",
  role: "runner",
  summary: "Make a folder and those above it",
  body: json(folderSchema),
  answer: json(fileEntrySchema),
  status: 201,
  faults: ["phase.illegal", "capability.undeclared", "resource.exists"],
};

export const moveFile: Route<never, MoveFileBody, FileEntryView> = {
  id: "machines.moveFile",
  method: "POST",
  path: "/v1/machines/{id}/moves",
  role: "runner",
  summary: "Rename a file or a folder",
  body: json(moveFileSchema),
  answer: json(fileEntrySchema),
  status: 200,
  faults: ["phase.illegal", "capability.undeclared"],
};

export const watchFiles: Route<WatchFilesQuery, never, FileChangeView> = {
  id: "machines.watchFiles",
  method: "GET",
  path: "/v1/machines/{id}/changes",
  role: "viewer",
  summary: "Changes below a folder, as they happen",
  query: watchFilesQuerySchema,
  body: nothing,
  answer: { form: "events", schema: fileChangeSchema },
  status: 200,
  faults: ["phase.illegal", "capability.undeclared"],
};
