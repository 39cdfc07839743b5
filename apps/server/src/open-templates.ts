import { TemplateService, type TemplatesModules } from "@bedplate/templates";
import { imageOpener, type TemplatesConfig } from "./templates-config.ts";

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
