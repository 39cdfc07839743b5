import { type ChildProcess, spawn } from "node:child_process";

/** Waits for the end of its input, which comes when this process dies, whatever kills it. */
const script =
  'cat >/dev/null; kill -s CONT -- "-$1"; kill -s KILL -- "-$1"; sleep 1; rm -rf -- "$2"';

/**
 * Sees to it that a process group and its folder do not outlive this process. Call what it answers
 * when the group has ended otherwise.
 */
export function guardGroup(group: number, folder: string): () => void {
  const guard: ChildProcess = spawn("sh", ["-c", script, "guard", String(group), folder], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  guard.unref();
  // Without this a broken pipe of a guard that was killed would end the test process.
  guard.stdin?.on("error", () => {});
  return () => guard.kill("SIGKILL");
}
