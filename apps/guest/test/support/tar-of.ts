export interface TarEntry {
  readonly name: string;
  readonly type?: string;
  readonly link?: string;
  readonly body?: string;
}

/** A tar archive in which anything may stand, whether it is sensible or not. */
export function tarOf(entries: readonly TarEntry[]): Buffer {
  return Buffer.concat([...entries.map(blocksOf), Buffer.alloc(1024)]);
}

function blocksOf({ name, type = "0", link = "", body = "" }: TarEntry): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0, 100);
  header.write("0000644\0", 100);
  header.write("0000000\0", 108);
  header.write("0000000\0", 116);
  header.write(`${body.length.toString(8).padStart(11, "0")}\0`, 124);
  header.write("00000000000\0", 136);
  header.write("        ", 148);
  header.write(type, 156);
  header.write(link, 157, 100);
  header.write("ustar\u000000", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  const padding = (512 - (body.length % 512)) % 512;
  return Buffer.concat([header, Buffer.from(body), Buffer.alloc(padding)]);
}
