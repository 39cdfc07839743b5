/** Error numbers of the guest's C library (musl as built for Wasm: the WASI numbering). */
export const errorNumber = {
  EACCES: 2,
  EAFNOSUPPORT: 5,
  EBADF: 8,
  EEXIST: 20,
  EINVAL: 28,
  EISDIR: 31,
  ELOOP: 32,
  EMFILE: 33,
  ENAMETOOLONG: 37,
  ENOENT: 44,
  ENOSPC: 51,
  ENOSYS: 52,
  ENOTDIR: 54,
  ENOTEMPTY: 55,
  ENOTTY: 59,
  EPERM: 63,
  EPIPE: 64,
  ERANGE: 68,
  ESPIPE: 70,
} as const;

/** The name of an error number. */
export type ErrorName = keyof typeof errorNumber;

/** A call that failed in a way the guest is told of. */
export class CallError extends Error {
  readonly errno: number;

  constructor(name: ErrorName) {
    super(name);
    this.errno = errorNumber[name];
  }
}
