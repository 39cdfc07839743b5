import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { raise } from "@bedplate/errors";
import type { ProviderModule } from "@bedplate/provider";
import { defineSchema, Type } from "@bedplate/schema";

/** What is looked at in a module before it is trusted to be a provider. */
const shape = defineSchema(
  Type.Object({
    contract: Type.Union(
      (["state", "blob", "cache", "queue", "ingress"] as const).map((each) => Type.Literal(each)),
    ),
    name: Type.String({ minLength: 1, maxLength: 64 }),
    schemes: Type.Array(Type.String({ pattern: "^[a-z][a-z0-9+.-]*$" }), { minItems: 1 }),
    settings: Type.Record(Type.String(), Type.Unknown()),
  }),
);

/** Loads the modules that an operator named, each by its path; each exports `provider`. */
export function loadModules(
  paths: readonly string[],
): Promise<readonly ProviderModule<AsyncDisposable>[]> {
  return Promise.all(paths.map(loadModule));
}

async function loadModule(path: string): Promise<ProviderModule<AsyncDisposable>> {
  const { provider } = await importModule(path);
  const { open, openScratch, ...described } = (provider ?? {}) as Record<string, unknown>;
  const { contract, name, schemes, settings } = described;
  const isDescribed = shape.accepts({ contract, name, schemes, settings });
  if (isDescribed && typeof open === "function" && typeof openScratch === "function") {
    return provider as ProviderModule<AsyncDisposable>;
  }
  throw refuse(path, 'it exports no "provider" that is a ProviderModule');
}

async function importModule(path: string): Promise<{ readonly provider?: unknown }> {
  try {
    return await import(pathToFileURL(resolve(path)).href);
  } catch (cause) {
    throw refuse(path, cause instanceof Error ? cause.message : "it cannot be loaded", cause);
  }
}

function refuse(path: string, reason: string, cause?: unknown): Error {
  return raise("argument.invalid", {
    op: "provider.load",
    detail: { path: "/providers/modules", rule: "module of a provider" },
    message: `Cannot load the provider module ${path}: ${reason}`,
    blame: "operator",
    cause,
  });
}
