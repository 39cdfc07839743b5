import { errno, fail } from "../errno.ts";
import type { WasiCalls, WasiContext } from "../wasi-context.ts";

const preopenDirectory = 0;

/** The directories that were there from the beginning. */
export const preopenCalls: WasiCalls = {
  fd_prestat_get(context: WasiContext, fd: number, result: number): number {
    const { view } = context;
    const name = preopenName(context, fd);
    view.place(result, 8);
    view.setU32(result, preopenDirectory);
    view.setU32(result + 4, name.length);
    return errno.success;
  },

  fd_prestat_dir_name(context: WasiContext, fd: number, path: number, length: number): number {
    const name = preopenName(context, fd);
    if (length >>> 0 < name.length) fail(errno.nametoolong);
    context.view.setBytes(path, name);
    return errno.success;
  },
};

function preopenName({ descriptors }: WasiContext, fd: number): Uint8Array {
  return descriptors.get(fd).preopen ?? fail(errno.badf);
}
