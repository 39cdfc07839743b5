import { fileURLToPath } from "node:url";

export type AgentArchitecture = "x86_64" | "aarch64";

/** The agent, a static program for Linux, as a file that a machine can be given. */
export function agentProgram(architecture: AgentArchitecture = ownArchitecture()): string {
  return fileURLToPath(new URL(`agent/${architecture}.elf`, import.meta.url));
}

/** The architecture of this host. */
export function ownArchitecture(): AgentArchitecture {
  return process.arch === "arm64" ? "aarch64" : "x86_64";
}
