import type { DescriptorTable, OpenFile } from "./descriptor-table.ts";
import type { FolderNode, TreeNode } from "./file-node.ts";
import type { FileTree } from "./file-tree.ts";

/** All that the guest's file system holds at one moment. File bytes are shared until one side writes. */
export interface FilesCapture {
  readonly root: FolderNode;
  readonly cwd: FolderNode;
  readonly files: readonly (OpenFile | undefined)[];
  readonly nextInode: number;
  readonly bytes: number;
  readonly nodes: number;
}

/** Copies the tree and the descriptors. */
export function captureFiles(tree: FileTree, table: DescriptorTable): FilesCapture {
  const { bytes, nodes } = tree.quota;
  return copyCapture({
    root: tree.root,
    cwd: table.cwd,
    files: table.files,
    nextInode: tree.nextInode,
    bytes,
    nodes,
  });
}

/** Puts a captured state in place; the capture stays as it is and can be restored again. */
export function restoreFiles(
  capture: FilesCapture,
  into: { readonly tree: FileTree; readonly table: DescriptorTable },
): void {
  const { tree, table } = into;
  const copy = copyCapture(capture);
  tree.root = copy.root;
  tree.nextInode = copy.nextInode;
  tree.quota.bytes = copy.bytes;
  tree.quota.nodes = copy.nodes;
  table.cwd = copy.cwd;
  table.files = [...copy.files];
}

function copyCapture(source: FilesCapture): FilesCapture {
  const copies = new Map<TreeNode, TreeNode>();
  const root = copyNode(source.root, copies) as FolderNode;
  const cwd = copyNode(source.cwd, copies) as FolderNode;
  const opened = new Map<OpenFile, OpenFile>();
  const files = Array.from(source.files, (file) => file && copyOpenFile(file, { opened, copies }));
  return { ...source, root, cwd, files };
}

function copyOpenFile(
  file: OpenFile,
  known: {
    readonly opened: Map<OpenFile, OpenFile>;
    readonly copies: Map<TreeNode, TreeNode>;
  },
): OpenFile {
  const earlier = known.opened.get(file);
  if (earlier !== undefined) return earlier;
  const copy = { ...file, node: copyNode(file.node, known.copies) };
  known.opened.set(file, copy);
  return copy;
}

function copyNode(node: TreeNode, copies: Map<TreeNode, TreeNode>): TreeNode {
  const earlier = copies.get(node);
  if (earlier !== undefined) return earlier;
  if (node.kind === "folder") return copyFolder(node, copies);
  if (node.kind === "file") node.isShared = true;
  const copy = { ...node };
  copies.set(node, copy);
  return copy;
}

function copyFolder(node: FolderNode, copies: Map<TreeNode, TreeNode>): FolderNode {
  const copy: FolderNode = { ...node, entries: new Map() };
  copies.set(node, copy);
  copy.parent = copyNode(node.parent, copies) as FolderNode;
  for (const [name, each] of node.entries) copy.entries.set(name, copyNode(each, copies));
  return copy;
}
