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
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
    return raise("provider.denied", {
      op,
      detail: { provider: "blob-fs" },
      message: `Cannot use the blob folder: the file system says ${code}`,
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

/** True when what was asked for is not there. */
export function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOENT" || code === "ENOTDIR";
}

/** A link stands where only a file may. */
export function linkedFile(key: string): Error {
  return linkFault("blob.open", key, "the place of its file holds a link");
}

/** A link stands where only a folder may. */
export function linkedFolder(key: string): Error {
  return linkFault("blob.put", key, "one of its folders is a link");
}

function linkFault(op: string, key: string, what: string): Error {
  return raise("data.corrupt", {
    op,
    detail: { what: key },
    subject: key,
    message: `Cannot use the blob "${key}": ${what}`,
  });
}
