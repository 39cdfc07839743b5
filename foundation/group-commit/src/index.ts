export { type ApplyGroup, GroupWriter, type GroupWriterOptions } from "./group-writer.ts";
