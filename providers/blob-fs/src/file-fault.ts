import { isFault, raise } from "@bedplate/errors";

/** Reads what the file system threw as a fault; faults and other errors pass as they are. */
export function faultOfFile(error: unknown, op: string): unknown {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  if (isFault(error) || code === undefined || !/^E[A-Z]+$/.test(code)) return error;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return raise("quota.exceeded", {
      op,
      detail: { meter: "disk", limit: 0, asked: 0 },
      message: "Cannot store the blob: the disk is full",
      blame: "operator",
      cause: error,
    });
  }
  return raise("provider.unavailable", {
    op,
    detail: { provider: "blob-fs" },
    message: `Cannot use the blob folder: the file system says ${code}`,
    cause: error,
  });
}
