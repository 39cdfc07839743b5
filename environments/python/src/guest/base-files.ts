import { DescriptorTable } from "./descriptor-table.ts";
import type { DeviceName } from "./file-node.ts";
import { FileTree, locatedIn } from "./file-tree.ts";
import { Quota } from "./quota.ts";

/** Where programs run. */
export const homePath = "/home/guest";

/** Where the standard library lies. */
export const libraryPath = "/lib/python314.zip";

/** Where wheels are unpacked. */
export const packagesPath = "/lib/site-packages";

const devices: Readonly<Record<string, DeviceName>> = {
  null: "null",
  zero: "zero",
  random: "random",
  urandom: "random",
  stdin: "stdin",
  stdout: "stdout",
  stderr: "stderr",
};

/** The files that every guest finds: its home, a temporary folder, devices and the library. */
export function baseFiles(
  library: Uint8Array,
  now: () => number,
): { readonly tree: FileTree; readonly table: DescriptorTable } {
  const tree = new FileTree(new Quota(), now);
  const table = new DescriptorTable(tree.makeFolders(homePath), (node) => tree.letGo(node));
  tree.makeFolders("/tmp");
  tree.makeFolders(packagesPath);
  const folder = tree.makeFolders("/dev");
  for (const [name, device] of Object.entries(devices)) {
    tree.makeDevice(locatedIn(folder, name), device);
  }
  tree.writeFile(libraryPath, library);
  for (const [i, name] of ["stdin", "stdout", "stderr"].entries()) {
    const path = `/dev/${name}`;
    table.open(tree.find(path, tree.root), { path, flags: i === 0 ? 0 : 1 });
  }
  // What the base holds is not the program's doing.
  tree.quota.bytes = 0;
  return { tree, table };
}
