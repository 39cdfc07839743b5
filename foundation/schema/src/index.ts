export { Type } from "typebox";
export { type Issue, wordIssue } from "./issue.ts";
export { nearestName } from "./nearest-name.ts";
export {
  defineSchema,
  foreignSchema,
  type JsonSchema,
  type ParseOptions,
  type Schema,
} from "./schema.ts";
