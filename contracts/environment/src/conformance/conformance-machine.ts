import type { CapName } from "../caps.ts";
import type { SnapshotManifest } from "../facets/snapshot.ts";

/** What cases about machines need of a subject. Its program `echo` is what machines are made of. */
export interface ConformanceMachine {
  readonly commands: MachineCommands;
  /** A folder in which the machine's default user may do everything. Default: `/tmp`. */
  readonly folder?: string | undefined;
  /** A user beside the default one, who may not change what is not theirs. Left out: there is none. */
  readonly otherUser?: string | undefined;
  /** Hosts outside on which something listens. Left out: nothing outside can be reached from here. */
  readonly outside?: OutsideHosts | undefined;
  /** Snapshots that an earlier minor of the format made, each with a file and its text. */
  readonly older?: readonly OlderSnapshot[] | undefined;
  /** A cap that is soon reached, and so high that the machine lives with it. Default: `soonReached`. */
  readonly tight?: { readonly [C in CapName]?: number } | undefined;
}

/** Places outside a machine, for `egress`. */
export interface OutsideHosts {
  /** A public address, the port that is open there, and a name that leads to it where names can be used. */
  readonly open: { readonly address: string; readonly port: number; readonly name?: string };
  /** The same of an address that is not public. */
  readonly inside: { readonly address: string; readonly port: number };
}

export interface OlderSnapshot {
  readonly manifest: SnapshotManifest;
  readonly chunks: readonly Uint8Array[];
  readonly path: string;
  readonly text: string;
}

/** An `argv` for each behaviour. Texts are UTF-8; a number is said in decimal digits and a line break. */
export interface MachineCommands {
  /** Says the text on stdout and nothing else, and exits with 0. */
  say?(text: string): Argv;
  /** Says the text on stderr. */
  complain?(text: string): Argv;
  /** Says every byte value once, in order. */
  everyByte?(): Argv;
  exit?(code: number): Argv;
  /** Copies its input to stdout until the input ends. */
  copy?(): Argv;
  /** Says so many bytes. */
  flood?(bytes: number): Argv;
  /** Does nothing for ever. */
  idle?(): Argv;
  /** Counts from 1, a line every so many milliseconds, for ever. */
  tick?(everyMs: number): Argv;
  /** Says `columns rows` of its terminal, a line now and one at each change, for ever. */
  terminal?(): Argv;
  /** Says `ready`; at the signal says `bye`, and exits with 0. */
  polite?(signal: string): Argv;
  /** Says the value of a variable, or `(none)`. */
  variable?(name: string): Argv;
  /** Says its working folder. */
  cwd?(): Argv;
  /** Says its user's name. */
  user?(): Argv;
  /** Says what is in a file. */
  readFile?(path: string): Argv;
  writeFile?(path: string, text: string): Argv;
  /** Makes a symbolic link. */
  link?(path: string, target: string): Argv;
  /** Replaces a file by the one text and the other in turn, for ever, each time at once. */
  rewrite?(path: string, texts: readonly [string, string]): Argv;
  /** Says `listening`, then serves connections to the port for ever: the text, then what it is sent. */
  listen?(port: number, text: string): Argv;
  /** Says `open` or `closed` of a host's port. */
  connect?(host: string, port: number): Argv;
  /** Says `open`, holds the connection, and says `cut` when it was cut. */
  hold?(host: string, port: number): Argv;
  /** Says its clock that never goes back, in milliseconds. */
  monotonic?(): Argv;
  /** Says the wall clock, in milliseconds since 1970. */
  wallClock?(): Argv;
  /** Says 16 bytes of chance in hex. */
  random?(): Argv;
  /** Says a line for each thing that no two machines may share: boot id, machine id, addresses, keys. */
  identity?(): Argv;
  /** Says the bound that holds inside. */
  cap?(name: CapName): Argv;
  /** Takes so much memory and says `taken`, then does nothing for ever. */
  takeMemory?(bytes: number): Argv;
  /** Starts so many processes that do nothing, and says `all`; exits with another code than 0 if it cannot. */
  fork?(count: number): Argv;
  /** Writes so many bytes; exits with another code than 0 if they do not fit. */
  fill?(path: string, bytes: number): Argv;
  /** Makes so many files; exits with another code than 0 if they do not fit. */
  makeFiles?(folder: string, count: number): Argv;
}

export type CommandName = keyof MachineCommands;

export type Argv = readonly string[];
