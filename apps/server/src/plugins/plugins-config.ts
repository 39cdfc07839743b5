import { Type } from "@bedplate/schema";

/** What an operator allows to be loaded from this host's files. */
export interface PluginsConfig {
  /** Plug-ins are registered only from folders below this one; empty: none is. */
  readonly folder: string;
  /** Programs that may execute a plug-in's file, by name. */
  readonly interpreters: readonly string[];
}

export const pluginsConfigType: Type.TUnsafe<PluginsConfig> = Type.Unsafe<PluginsConfig>(
  Type.Object(
    {
      folder: Type.String({
        default: "",
        description: "plug-ins are registered only from folders below this one; empty: none is",
      }),
      interpreters: Type.Array(Type.String({ pattern: "^[A-Za-z0-9._+-]{1,64}$" }), {
        default: ["python3", "node"],
        maxItems: 32,
        description: "programs that may execute a plug-in's file, by their name on PATH",
      }),
    },
    { additionalProperties: false, default: {} },
  ),
);
