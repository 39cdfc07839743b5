import { errno } from "../errno.ts";
import { encodeName, nameBytes } from "../file-system/path-name.ts";
import type { WasiCalls, WasiContext } from "../wasi-context.ts";
import { copyUnits, textUnits } from "../work-units.ts";

/** Arguments and environment variables. */
export const argumentCalls: WasiCalls = {
  args_sizes_get(context: WasiContext, count: number, bytes: number): number {
    return writeSizes(context, context.args, { count, bytes });
  },

  args_get(context: WasiContext, pointers: number, buffer: number): number {
    return writeTexts(context, context.args, { pointers, buffer });
  },

  environ_sizes_get(context: WasiContext, count: number, bytes: number): number {
    return writeSizes(context, context.environ, { count, bytes });
  },

  environ_get(context: WasiContext, pointers: number, buffer: number): number {
    return writeTexts(context, context.environ, { pointers, buffer });
  },
};

function writeSizes(
  { view }: WasiContext,
  texts: readonly string[],
  at: { readonly count: number; readonly bytes: number },
): number {
  view.setU32(at.count, texts.length);
  view.setU32(
    at.bytes,
    texts.reduce((total, text) => total + nameBytes(text) + 1, 0),
  );
  return errno.success;
}

function writeTexts(
  context: WasiContext,
  texts: readonly string[],
  at: { readonly pointers: number; readonly buffer: number },
): number {
  const { view } = context;
  let pointer = at.pointers;
  let place = at.buffer >>> 0;
  for (const text of texts) {
    const bytes = encodeName(text);
    view.setU32(pointer, place);
    view.setBytes(place, bytes);
    view.setU8(place + bytes.length, 0);
    context.spend(copyUnits(bytes.length) + textUnits);
    pointer += 4;
    place += bytes.length + 1;
  }
  return errno.success;
}
