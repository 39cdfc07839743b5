import { raise } from "@bedplate/errors";
import {
  type ImageReference,
  type ImageSource,
  type RegistryPlace,
  registrySource,
} from "@bedplate/oci";
import { TemplateService, type TemplatesModules } from "@bedplate/templates";
import type { TemplatesConfig } from "./templates-config.ts";

/** The templates of this replica, as the operator bounds them. */
export function openTemplates(
  config: TemplatesConfig,
  parts: Omit<TemplatesModules, "limits" | "openImage">,
): TemplateService {
  const { builds: buildsMax, imageBytes: imageBytesMax } = config;
  const limits = { buildsMax, imageBytesMax };
  const state = parts.state.in("templates");
  return new TemplateService({ ...parts, state, limits, openImage: imageOpener(config) });
}

/** Opens images of the registries that the operator allows. */
function imageOpener({ registries }: TemplatesConfig): (reference: ImageReference) => ImageSource {
  return (reference) => {
    const { registry } = reference;
    const known = Object.hasOwn(registries, registry) ? registries[registry] : undefined;
    if (known === undefined) throw notAllowed(registry);
    const { url = `https://${registry}`, ...rest } = known;
    const place: RegistryPlace = { url, ...rest };
    return registrySource(reference, { place });
  };
}

function notAllowed(registry: string): Error {
  return raise("permission.denied", {
    op: "image.pull",
    detail: { permission: `registry:${registry}` },
    message: `Cannot pull from ${registry}: templates.registries of the server's configuration has it not`,
  });
}
