import { readdirSync } from "node:fs";
import { readRecord } from "../machine/machine-record.ts";

/** The folders that machines of this computer stand on, whoever they belong to. */
export function layersInUse(stateFolder: string): ReadonlySet<string> {
  const machines = `${stateFolder}/machines`;
  const records = names(machines).map((name) => readRecord(`${machines}/${name}/machine.json`));
  return new Set(records.flatMap((record) => record?.layers ?? []));
}

function names(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
