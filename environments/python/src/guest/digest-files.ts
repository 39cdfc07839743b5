import { createHash, type Hash } from "node:crypto";
import type { FolderNode, TreeNode } from "./file-node.ts";
import type { GuestState } from "./guest-state.ts";

/** Digest of the tree, the open files and the rest of what the guest's C library keeps outside its memory. */
export function digestFiles({
  tree,
  table,
  umask,
}: Pick<GuestState, "tree" | "table" | "umask">): string {
  const hash = createHash("sha256");
  digestNode(hash, { path: "/", node: tree.root });
  for (const [i, file] of table.files.entries()) {
    if (file === undefined) continue;
    hash.update(JSON.stringify([i, file.path, file.flags, file.position, file.node.inode]));
    if (file.node.kind === "file") digestContent(hash, file.node);
  }
  hash.update(JSON.stringify([tree.nextInode, table.cwd.inode, umask]));
  return hash.digest("hex");
}

function digestNode(
  hash: Hash,
  { path, node }: { readonly path: string; readonly node: TreeNode },
): void {
  const { kind, inode, mode, accessedAt, modifiedAt, changedAt } = node;
  hash.update(JSON.stringify([path, kind, inode, mode, accessedAt, modifiedAt, changedAt]));
  digestContent(hash, node);
  if (node.kind === "folder") digestEntries(hash, path, node);
}

function digestEntries(hash: Hash, path: string, folder: FolderNode): void {
  for (const [name, node] of folder.entries) digestNode(hash, { path: `${path}${name}/`, node });
}

function digestContent(hash: Hash, node: TreeNode): void {
  if (node.kind === "file") hash.update(node.data.subarray(0, node.size));
  else if (node.kind === "pipe") hash.update(node.queued);
  else if (node.kind === "link") hash.update(node.target);
}
