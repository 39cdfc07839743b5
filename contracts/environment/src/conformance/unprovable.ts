import type { Manifest } from "../manifest.ts";

/** What a manifest declares that no case examines: a capability without a case cannot be declared. */
export function unprovable(manifest: Manifest): readonly string[] {
  const { rewind, serve, exec, resize } = manifest.declares;
  const covers = (rewind?.covers ?? []).filter((each) => each !== "memory");
  const protocols = (serve?.protocols ?? []).filter((each) => each !== "tcp" && each !== "http");
  const caps = [...(exec?.caps ?? []), ...(resize?.live ?? [])];
  return [
    ...covers.map((each) => `rewind.covers: ${each}`),
    ...protocols.map((each) => `serve.protocols: ${each}`),
    ...(caps.includes("egressBytesPerSecond") ? ["caps: egressBytesPerSecond"] : []),
  ];
}
