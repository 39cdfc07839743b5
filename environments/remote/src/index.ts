export type { Cell, OpenCell } from "./cell.ts";
export { type Mount, type MountHealth, type MountOpenOptions, mountInThread } from "./mount.ts";
export { type MountInProcessOptions, mountInProcess, processesMax } from "./mount-in-process.ts";
export { type MountInWorkerOptions, mountInWorker, workersMax } from "./mount-in-worker.ts";
export { runPlugin } from "./plugin-main.ts";
export { lineCharactersMax, linesMax } from "./plugin-output.ts";
export { type ProcessCellOptions, socketFiles, socketsVariable } from "./process-cell.ts";
export { type RestartPolicy, restartPolicyDefault } from "./restart-policy.ts";
export type { WorkerCellOptions } from "./worker-cell.ts";
