import { digestBytes } from "@bedplate/codec";
import { raise } from "@bedplate/errors";
import { decodeModule } from "@bedplate/wasm-module";

/** The build of QuickJS that the patch was made for: quickjs-wasi 3.6.2. */
const knownDigest = "sha256:d4c9375f2b1ca4dc95f72c8aa2982a7a9951ac8011490d79c6582df732b4bbd9";

/** Where that build says `memory.grow 0`, as offsets in the file: both in its allocator. */
const growthOffsets: readonly number[] = [0x78c06, 0x79c99];
const memoryGrow: readonly [number, number] = [0x40, 0x00];

/** `call 7`: the import `fd_close`, which has the type of `memory.grow` and is otherwise unused. */
const callGrowthHook: readonly [number, number] = [0x10, 0x07];

/** What the host uses of the 450 exports; each one costs time at every instantiation. */
const exportsKept: ReadonlySet<string> = new Set([
  "memory",
  "__stack_pointer",
  "_initialize",
  "JS_SetUncatchableError",
  "wasm_malloc",
  "wasm_free",
  "qjs_init",
  "qjs_set_max_stack_size",
  "qjs_set_module_loader",
  "qjs_set_promise_rejection_handler",
  "qjs_get_context_ptr",
  "qjs_eval",
  "qjs_compile",
  "qjs_call",
  "qjs_throw",
  "qjs_new_error",
  "qjs_new_string",
  "qjs_new_number",
  "qjs_new_array_buffer",
  "qjs_new_host_function",
  "qjs_get_global",
  "qjs_get_undefined",
  "qjs_get_prop_string",
  "qjs_set_prop_string",
  "qjs_get_string_len",
  "qjs_free_cstring",
  "qjs_get_array_buffer",
  "qjs_get_float64",
  "qjs_get_exception",
  "qjs_get_value_ptr",
  "qjs_is_exception",
  "qjs_is_undefined",
  "qjs_is_promise",
  "qjs_is_array_buffer",
  "qjs_promise_state",
  "qjs_promise_result",
  "qjs_promise_mark_as_handled",
  "qjs_is_job_pending",
  "qjs_execute_pending_job",
  "qjs_free_value",
  "qjs_get_quickjs_version",
]);

const exportSectionId = 7;
const exportKindCodes: Readonly<Record<string, number>> = {
  function: 0,
  table: 1,
  memory: 2,
  global: 3,
  tag: 4,
};

/**
 * Prepares the binary of QuickJS: growing its memory becomes a call of the host, which so bounds
 * each run by itself and sees every refusal; and exports that nobody uses go.
 */
export function patchQuickJs(binary: Uint8Array): Uint8Array {
  const digest = digestBytes(binary);
  if (digest !== knownDigest) throw unknownBinary(digest);
  const bytes = Uint8Array.from(binary);
  for (const offset of growthOffsets) {
    const isThere = bytes[offset] === memoryGrow[0] && bytes[offset + 1] === memoryGrow[1];
    if (!isThere) throw unknownBinary(digest);
    bytes.set(callGrowthHook, offset);
  }
  return keepExports(bytes);
}

function keepExports(bytes: Uint8Array): Uint8Array {
  const { exports, sections } = decodeModule(bytes);
  const section = sections.find((each) => each.id === exportSectionId);
  if (section === undefined) throw unknownBinary("without exports");
  const kept = exports.filter(({ name }) => exportsKept.has(name));
  const items = kept.flatMap(({ name, kind, index }) => {
    const text = new TextEncoder().encode(name);
    return [...leb(text.length), ...text, exportKindCodes[kind] ?? 0, ...leb(index)];
  });
  const contents = [...leb(kept.length), ...items];
  const head = [exportSectionId, ...leb(contents.length)];
  return Buffer.concat([
    bytes.subarray(0, section.at),
    Uint8Array.from([...head, ...contents]),
    bytes.subarray(section.end),
  ]);
}

/** Unsigned LEB128. */
function leb(value: number): readonly number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)];
}

function unknownBinary(actual: string): Error {
  return raise("version.mismatch", {
    op: "javascript.open",
    blame: "plugin",
    detail: { expected: knownDigest, actual },
    message: "Cannot prepare QuickJS: the binary is another build than the one that is known",
  });
}
