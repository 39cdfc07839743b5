import { type InvalidMember, invalidMember } from "./facet-gate.ts";

/** Limits of what a caller may ask of a machine, whatever its environment declares. */
export interface MachineBounds {
  /** Bytes of all arguments, and of all variables. */
  readonly argvBytesMax: number;
  readonly envBytesMax: number;
  readonly envVariablesMax: number;
  /** Bytes of a path, as Linux has it. */
  readonly pathBytesMax: number;
  readonly userCharactersMax: number;
  readonly tagCharactersMax: number;
  readonly listDepthMax: number;
  readonly attributesMax: number;
  /** Bytes of all names and values: what fits into one block beside a file. */
  readonly attributeBytesMax: number;
  /** Bytes of one item of a process's output. */
  readonly outputItemBytesMax: number;
  /** How many keys of `start` an instance remembers. */
  readonly startKeysMax: number;
}

export const machineBounds: MachineBounds = {
  argvBytesMax: 128 * 1024,
  envBytesMax: 128 * 1024,
  envVariablesMax: 1024,
  pathBytesMax: 4096,
  userCharactersMax: 256,
  tagCharactersMax: 256,
  listDepthMax: 128,
  attributesMax: 64,
  attributeBytesMax: 2048,
  outputItemBytesMax: 1024 * 1024,
  startKeysMax: 1024,
};

/** Refuses variables that no process can have. */
export function checkEnv(op: string, env: Readonly<Record<string, string>>): void {
  const entries = Object.entries(env);
  const { envBytesMax, envVariablesMax } = machineBounds;
  if (entries.length > envVariablesMax) throw tooMany(op, "/env", envVariablesMax);
  let bytes = 0;
  for (const [name, value] of entries) {
    if (name === "" || name.includes("=") || hasNul(name) || hasNul(value)) {
      throw invalidMember(op, { path: "/env", rule: "has a name or a value that cannot be" });
    }
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value) + 2;
  }
  if (bytes > envBytesMax) throw tooLong(op, "/env", envBytesMax);
}

/** Refuses paths that are empty, too long, or climb. */
export function checkPath(op: string, path: string, at = "/path"): void {
  const refuse = (rule: string) => invalidMember(op, { path: at, rule });
  if (path === "") throw refuse("is empty");
  if (hasNul(path)) throw refuse("has a NUL in it");
  if (Buffer.byteLength(path) > machineBounds.pathBytesMax) {
    throw tooLong(op, at, machineBounds.pathBytesMax);
  }
  if (path.split("/").includes("..")) throw refuse("has a `..` in it");
}

/** Refuses what is no name of a user. */
export function checkUser(op: string, user: string | undefined): void {
  if (user === undefined) return;
  const { userCharactersMax } = machineBounds;
  if (user.length > userCharactersMax) throw tooLong(op, "/user", userCharactersMax);
  if (user === "" || hasNul(user) || /[:/\n]/.test(user)) {
    throw invalidMember(op, { path: "/user", rule: "is no name of a user" });
  }
}

export function hasNul(text: string): boolean {
  return text.includes("\0");
}

export function isAmount(value: number, max: number = Number.MAX_SAFE_INTEGER): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value <= max;
}

export function tooLong(op: string, path: string, limit: number): Error {
  return invalidMember(op, { path, rule: `is longer than ${limit} bytes`, limit });
}

function tooMany(op: string, path: string, limit: number): Error {
  const member: InvalidMember = { path, rule: `has more than ${limit} members`, limit };
  return invalidMember(op, member);
}
