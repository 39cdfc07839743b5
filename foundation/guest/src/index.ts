export { type AgentArchitecture, agentProgram, ownArchitecture } from "./agent-program.ts";
export { deadlineMsDefault, type GuestCall } from "./await-guest.ts";
export type { ByteDuplex } from "./connection.ts";
export {
  type ChangeRequest,
  type FileCall,
  Files,
  type FollowOptions,
  type GuestPath,
  type ReadOptions,
  type UnpackOptions,
  type WatchEvent,
  type WatchEventType,
  type WriteOptions,
} from "./files.ts";
export { Guest, type GuestOptions, openGuest } from "./guest.ts";
export type { GuestEntry, GuestFileType, ListedEntry } from "./guest-entry.ts";
export type { GuestExit, GuestProcess, OutputPosition, SignalOptions } from "./guest-process.ts";
export type {
  ForwardedPort,
  GuestMetrics,
  ListeningPort,
  ReseedPart,
  ReseedRequest,
} from "./machine.ts";
export { type ListedProcess, Processes, type ProcessName, type StartRequest } from "./processes.ts";
