/** A command line that cannot be understood: nothing was tried. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
}
