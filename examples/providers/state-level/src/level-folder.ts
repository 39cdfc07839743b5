import { raise } from "@bedplate/errors";
import { ClassicLevel } from "classic-level";
import { faultOfLevel } from "./level-faults.ts";
import { seal, unseal } from "./record.ts";
import { formatKey } from "./record-key.ts";

/** An opened folder, its keys and values bytes. */
export type Level = ClassicLevel<Uint8Array, Uint8Array>;

/** The version of what is stored. A later one must read this one. */
const format = 1;

/** Opens a folder, or makes it; refuses what another program or a newer release wrote. */
export async function openLevel(path: string): Promise<Level> {
  const level: Level = new ClassicLevel(path, { keyEncoding: "view", valueEncoding: "view" });
  try {
    await level.open();
    await checkFormat(level);
    return level;
  } catch (error) {
    await level.close();
    throw faultOfLevel(error, "provider.open");
  }
}

async function checkFormat(level: Level): Promise<void> {
  const sealed = await level.get(formatKey);
  if (sealed === undefined) {
    for await (const _key of level.keys({ limit: 1 })) throw foreign("another program's");
    return level.batch([{ type: "put", key: formatKey, value: seal(formatKey, format) }], {
      sync: true,
    });
  }
  const found = unseal<number>(formatKey, sealed);
  if (found !== format) throw foreign(String(found));
}

function foreign(there: string): Error {
  return raise("contract.incompatible", {
    op: "provider.open",
    detail: { contract: "state-level", here: String(format), there, upgrade: "plugin" },
    message: `Cannot open the state: the folder's format is ${there}, and this driver knows ${format}`,
    blame: "operator",
  });
}
