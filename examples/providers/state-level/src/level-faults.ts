import { type FaultError, isFault, raise } from "@bedplate/errors";

const detail = { provider: "level" };

/** What LevelDB or the file system threw, in the contract's words. Nothing was written. */
export function faultOfLevel(error: unknown, op: string): Error {
  if (isFault(error)) return error;
  const code = codeOf(error);
  if (code.endsWith("_NOT_OPEN")) {
    const message = "Cannot use the state: its folder is closed";
    return raise("resource.closed", { op, detail: { type: "state-level" }, message, cause: error });
  }
  if (code === "LEVEL_LOCKED") {
    const message = "Cannot open the state: another process or driver has its folder open";
    const busy = { type: "state-level", id: "folder", by: "another process or driver" };
    return raise("resource.busy", { op, detail: busy, message, blame: "operator" });
  }
  if (code === "LEVEL_CORRUPTION") return corrupt("the folder", op);
  const message = `Cannot use the state's folder: ${code}`;
  return raise("provider.unavailable", { op, detail, message, cause: error });
}

/** A write failed on its way to the disk: LevelDB itself cannot tell whether it is there. */
export function writeFailed(cause: unknown): Error {
  return raise("provider.indeterminate", {
    op: "state.commit",
    detail,
    message: `Cannot tell whether the commit was written: LevelDB failed (${codeOf(cause)})`,
    cause,
  });
}

/** LevelDB takes no writes after one that failed. */
export function writesEnded(): Error {
  return raise("provider.unavailable", {
    op: "state.commit",
    detail,
    message: "Cannot commit: an earlier write failed; open the state anew",
    blame: "operator",
  });
}

/** Stored bytes are not what was stored. */
export function corrupt(what: string, op: string): FaultError<"data.corrupt"> {
  const message = `Cannot read the state: ${what} is damaged`;
  return raise("data.corrupt", { op, detail: { what }, message });
}

/** The innermost code: that of `open` only says that it did not open. */
function codeOf(error: unknown): string {
  const { cause, code } = error as { readonly cause?: unknown; readonly code?: unknown };
  if (cause !== undefined) return codeOf(cause);
  return typeof code === "string" ? code : String(error);
}
