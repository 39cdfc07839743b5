/** A member of an archive that a test makes. */
export interface Member {
  readonly path: string;
  readonly text?: string;
  readonly type?: string;
  readonly target?: string;
  readonly mode?: number;
}

/** A tar archive of these members, well formed whatever they say. */
export function makeTar(members: readonly Member[]): Uint8Array {
  return Buffer.concat([...members.flatMap(blocksOf), Buffer.alloc(1024)]);
}

function blocksOf({ path, text = "", type = "0", target = "", mode = 0o644 }: Member): Buffer[] {
  const header = Buffer.alloc(512);
  header.write(path, 0, 100);
  header.write(`${mode.toString(8).padStart(7, "0")}\0`, 100);
  header.write("0000000\0", 108);
  header.write("0000000\0", 116);
  header.write(`${Buffer.byteLength(text).toString(8).padStart(11, "0")}\0`, 124);
  header.write("00000000001\0", 136);
  header.write("        ", 148);
  header.write(type, 156);
  header.write(target, 157, 100);
  header.write("ustar\0", 257);
  header.write("00", 263);
  const sum = header.reduce((all, each) => all + each, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  const body = Buffer.alloc(Math.ceil(Buffer.byteLength(text) / 512) * 512);
  body.write(text);
  return [header, body];
}
