import { type CustomTypesConfig, types } from "pg";

const int8 = 20;

/** How values become JavaScript's: as `pg` does it, and `bigint` as a number, which must be exact. */
export const typeParsers: CustomTypesConfig = {
  getTypeParser: ((id: number, format?: "text" | "binary") =>
    id === int8 && format !== "binary"
      ? parseExactInteger
      : types.getTypeParser(id, format as "text")) as CustomTypesConfig["getTypeParser"],
};

function parseExactInteger(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  throw new RangeError(`Cannot read the bigint ${text}: it is no exact number`);
}
