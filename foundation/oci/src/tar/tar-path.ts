/** Longest path in an archive, in bytes, as the kernel bounds it. */
const pathBytesMax = 4096;

/** Longest name of one file, in bytes. */
const nameBytesMax = 255;

/** A path below a root, without a leading slash; what could lead out of it is refused. */
export function pathBelow(path: string): string {
  if (path.includes("\0")) throw new Error("a path has a NUL in it");
  if (Buffer.byteLength(path) > pathBytesMax) throw new Error("a path is too long");
  if (path.startsWith("/")) throw new Error(`the path ${show(path)} is absolute`);
  const parts = path.split("/").filter((each) => each !== "" && each !== ".");
  if (parts.includes("..")) throw new Error(`the path ${show(path)} has .. in it`);
  if (parts.some((each) => Buffer.byteLength(each) > nameBytesMax))
    throw new Error("a name is too long");
  return parts.join("/");
}

/** The path as a message may show it. */
export function show(path: string): string {
  return JSON.stringify(path.slice(0, 200));
}
