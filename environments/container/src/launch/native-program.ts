import { fileURLToPath } from "node:url";

/** A program of this package, as built for this processor; see `native/`. */
export function nativeProgram(
  name: "warden" | "relay" | "network" | "extents" | "imprint",
): string {
  const architecture = process.arch === "arm64" ? "aarch64" : "x86_64";
  return fileURLToPath(new URL(`../../native/bin/${name}-${architecture}`, import.meta.url));
}
