import { CallError, errorNumber } from "./error-number.ts";
import { systemCalls, wasiCalls } from "./guarded-call.ts";
import { GuestEnd } from "./guest-end.ts";
import type { GuestState, ImportSet } from "./guest-state.ts";
import { pageBytes } from "./linear-memory.ts";

/** Memory, environment, identity and the end of the process. */
export function processCalls(guest: GuestState): ImportSet {
  const { memory } = guest;
  return {
    ...wasiCalls({
      environ_sizes_get: (count: number, size: number) => {
        memory.setU32(count, guest.environment.length);
        memory.setU32(size, environmentBytes(guest));
      },
      environ_get: (pointers: number, buffer: number) => {
        let at = buffer;
        for (const [i, text] of guest.environment.entries()) {
          memory.setU32(pointers + i * 4, at);
          at += memory.setText(at, text);
        }
      },
    }),
    ...systemCalls({
      __syscall_getcwd: (out: number, size: number) => {
        const path = pathOf(guest);
        if (new TextEncoder().encode(path).length + 1 > size) throw new CallError("ERANGE");
        return memory.setText(out, path);
      },
      __syscall_getuid32_js: () => 1000,
      __syscall_umask_js: (mask: number) => {
        const old = guest.umask;
        guest.umask = mask & 0o777;
        return old;
      },
    }),
    emscripten_get_heap_max: () => guest.memoryBytesMax,
    emscripten_resize_heap: (size: number) => growHeap(guest, size >>> 0),
    _emscripten_get_progname: (out: number) => {
      memory.setText(out, "python");
    },
    _PyEM_TrampolineCall_JS: (index: number, a: number, b: number, c: number) =>
      guest.callIndirect(index, [a, b, c]),
    __call_sighandler: (index: number, signal: number) => {
      guest.callIndirect(index, [signal]);
    },
    _Py_emscripten_runtime: () => 0,
    _Py_CheckEmscriptenSignals_Helper: () => 0,
    emscripten_runtime_keepalive_push: () => {},
    emscripten_runtime_keepalive_pop: () => {},
    _emscripten_runtime_keepalive_clear: () => {},
    _emscripten_log_formatted: () => {},
    emscripten_debugger: () => {},
    // The code of `os._exit`: it ends at once, without a word of the interpreter.
    proc_exit: (code: number) => {
      throw new GuestEnd({ kind: "exit", code });
    },
    exit: (code: number) => {
      throw new GuestEnd({ kind: "exit", code });
    },
    _abort_js: () => {
      throw new GuestEnd({ kind: "trap", reason: "abort" });
    },
    __assert_fail: () => {
      throw new GuestEnd({ kind: "trap", reason: "assertion failed" });
    },
    _mmap_js: () => -errorNumber.ENOSYS,
    _munmap_js: () => -errorNumber.EINVAL,
    _msync_js: () => -errorNumber.EINVAL,
    // No shell, no timers, no dynamic libraries: each says that it failed.
    _emscripten_system: () => -errorNumber.ENOSYS,
    _setitimer_js: () => -errorNumber.ENOSYS,
    _dlopen_js: () => 0,
    _dlsym_js: () => 0,
    getprotobyname: () => 0,
    _emscripten_lookup_name: () => 0,
    // `EAI_FAIL`: there is no resolver.
    getaddrinfo: () => -4,
    getnameinfo: () => -4,
  };
}

/** Least growth of the heap at once; small steps cost a call each. */
const growBytesMin = 1024 * 1024;

/** Grows within the memory budget, which files share; tells the guest no otherwise. */
function growHeap(guest: GuestState, size: number): number {
  const { memory } = guest;
  const most = guest.memoryBytesMax - guest.tree.quota.bytes;
  const needed = Math.ceil(size / pageBytes) * pageBytes;
  const roomy = Math.max(needed, Math.min(memory.size + growBytesMin, most - (most % pageBytes)));
  if (needed <= most && memory.grow(roomy)) return 1;
  guest.wasMemoryDenied = true;
  return 0;
}

function environmentBytes(guest: GuestState): number {
  const encoder = new TextEncoder();
  return guest.environment.reduce((sum, text) => sum + encoder.encode(text).length + 1, 0);
}

function pathOf({ table }: GuestState): string {
  const names: string[] = [];
  for (let folder = table.cwd; folder.parent !== folder; folder = folder.parent) {
    const entry = [...folder.parent.entries].find(([, node]) => node === folder);
    if (entry === undefined) throw new CallError("ENOENT");
    names.unshift(entry[0]);
  }
  return `/${names.join("/")}`;
}
