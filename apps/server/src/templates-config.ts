import { Type } from "@bedplate/schema";

/** A registry that images may be pulled from. */
export interface RegistryConfig {
  /** Its API. Default: `https://` and the registry's name. */
  readonly url?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Whether it stands in the operator's own networks: then also without TLS. */
  readonly isInside?: boolean | undefined;
}

/** What an operator decides about templates and images. */
export interface TemplatesConfig {
  /** Builds that are done at once. */
  readonly builds: number;
  /** Packed bytes of one image. */
  readonly imageBytes: number;
  /** Registries by name; an image of any other is refused. */
  readonly registries: Readonly<Record<string, RegistryConfig>>;
}

/** Registries that anybody may read from. */
const publicRegistries: Readonly<Record<string, RegistryConfig>> = {
  "docker.io": { url: "https://registry-1.docker.io" },
  "gcr.io": {},
  "ghcr.io": {},
  "mcr.microsoft.com": {},
  "public.ecr.aws": {},
  "quay.io": {},
  "registry.gitlab.com": {},
};

const closed = { additionalProperties: false } as const;
const text = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: 4096, description }));

export const templatesConfigType: Type.TUnsafe<TemplatesConfig> = Type.Unsafe<TemplatesConfig>(
  Type.Object(
    {
      builds: Type.Integer({
        default: 2,
        minimum: 0,
        maximum: 64,
        description:
          "builds of templates that are done at once; 0: they are left to other replicas",
      }),
      imageBytes: Type.Integer({
        default: 8 * 2 ** 30,
        minimum: 1,
        maximum: 2 ** 46,
        description: "packed bytes of the layers of one image",
      }),
      registries: Type.Record(
        Type.String({ pattern: "^[a-z0-9.-]+(:[0-9]{1,5})?$" }),
        Type.Object(
          {
            url: Type.Optional(
              Type.String({
                pattern: "^https?://[^/?#]+/?$",
                description: "its API (default: https:// and the registry's name)",
              }),
            ),
            username: text("who reads from it"),
            password: text("password or token of who reads from it"),
            isInside: Type.Optional(
              Type.Boolean({
                description: "whether it stands in your own networks; then also without TLS",
              }),
            ),
          },
          closed,
        ),
        {
          ...closed,
          default: publicRegistries,
          description: "registries that images may be pulled from, by name",
        },
      ),
    },
    { ...closed, default: {} },
  ),
);
