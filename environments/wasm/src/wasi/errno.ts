/**
 * Error numbers of WASI preview 1 that these functions answer.
 *
 * Numbers: https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/witx/typenames.witx, `errno`.
 */
export const errno = {
  success: 0,
  again: 6,
  badf: 8,
  busy: 10,
  exist: 20,
  fault: 21,
  fbig: 22,
  ilseq: 25,
  inval: 28,
  isdir: 31,
  loop: 32,
  mfile: 33,
  nametoolong: 37,
  noent: 44,
  nospc: 51,
  nosys: 52,
  notdir: 54,
  notempty: 55,
  notsock: 57,
  notsup: 58,
  overflow: 61,
  perm: 63,
  spipe: 70,
  notcapable: 76,
} as const;

/** One of the numbers in `errno`. */
export type Errno = (typeof errno)[keyof typeof errno];

/** A call of the guest that fails with an error number; it never leaves this folder. */
export class WasiError extends Error {
  readonly errno: Errno;

  constructor(number: Errno) {
    super(`WASI error ${number}`);
    this.name = "WasiError";
    this.errno = number;
  }
}

// Made once: a guest that looks for many missing files must not pay for a stack trace each time.
const errors = new Map<Errno, WasiError>(
  Object.values(errno).map((number) => [number, new WasiError(number)]),
);

/** Ends the present call with an error number. */
export function fail(number: Errno): never {
  throw errors.get(number) ?? new WasiError(number);
}
