import { tarEnd, tarHeader, tarPadding } from "@bedplate/oci";

/** A member of an archive that a test makes. */
export interface Member {
  readonly path: string;
  readonly text?: string | Uint8Array;
  /** A type of POSIX: "0" a file, "1" a hard link, "2" a link, "3" a device, "5" a folder. */
  readonly type?: string;
  readonly target?: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly modifiedAt?: number;
  readonly attributes?: ReadonlyMap<string, Uint8Array>;
}

/** A tar archive of these members, well formed whatever they say. */
export function makeTar(members: readonly Member[]): Uint8Array {
  return Buffer.concat([...members.flatMap(blocksOf), tarEnd]);
}

const kinds = { "0": "file", "1": "hardlink", "2": "link", "5": "folder" } as const;

function blocksOf(member: Member): readonly Uint8Array[] {
  const { path, text = "", type = "0", mode = 0o644, uid = 0, modifiedAt = 1 } = member;
  const bytes = Buffer.from(text as string);
  const kind = kinds[type as keyof typeof kinds] ?? "file";
  const header = Buffer.from(
    tarHeader({ ...member, path, kind, mode, uid, gid: uid, modifiedAt, bytes: bytes.length }),
  );
  if (!(type in kinds)) retype(header, type);
  return [header, bytes, tarPadding(bytes.length)];
}

/** Types that the writer does not write. */
function retype(header: Buffer, type: string): void {
  header.write(type, 156);
  header.fill(0x20, 148, 156);
  const sum = header.reduce((all, each) => all + each, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, 8, "latin1");
}
