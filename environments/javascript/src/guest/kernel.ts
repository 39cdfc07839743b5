import type { ValueAddress } from "./value.ts";

/** The functions of the prelude by which the host drives a run. */
export const kernelNames = [
  "begin",
  "nextTimerAt",
  "fireTimer",
  "describe",
  "findExport",
  "findGlobal",
  "call",
  "toJson",
  "exitCode",
] as const;

export type KernelName = (typeof kernelNames)[number];

/** Where the kernel's functions are in every run's memory. */
export type Kernel = Readonly<Record<KernelName, ValueAddress>>;

/** The host's functions that the prelude may call. Scripts never see them. */
export const hostFunctionNames = [
  "write",
  "writeBytes",
  "stdin",
  "file",
  "exit",
  "now",
  "random",
  "encode",
  "decode",
] as const;

export type HostFunctionName = (typeof hostFunctionNames)[number];
