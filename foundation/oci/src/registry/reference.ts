import { raise } from "@bedplate/errors";
import { digestPattern } from "../image/image-documents.ts";

/** Names an image in a registry. */
export interface ImageReference {
  /** Host, and port where one is named. */
  readonly registry: string;
  readonly repository: string;
  /** A tag, or a digest that stands for good. */
  readonly version: string;
}

/** Where an image comes from that names no registry. */
const registryDefault = "docker.io";

const referenceCharactersMax = 512;
const registryPattern = /^[a-z0-9]+(?:[.-][a-z0-9]+)*(?::[0-9]{1,5})?$/i;
const partPattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/** Reads `[REGISTRY/]REPOSITORY[:TAG][@DIGEST]`; a digest is stronger than a tag. */
export function parseReference(text: string): ImageReference {
  if (text.length > referenceCharactersMax) throw malformed(text, "it is too long");
  const [named = "", digest] = text.split("@", 2);
  if (digest !== undefined && !new RegExp(digestPattern).test(digest))
    throw malformed(text, "its digest is not sha256: and 64 hex digits");
  const [first = "", ...rest] = named.split("/");
  // A first part without a dot or a port is a part of the repository, but for the host's own name.
  const hasRegistry = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  const path = hasRegistry ? rest.join("/") : named;
  const registry = hasRegistry ? first.toLowerCase() : registryDefault;
  const colon = path.lastIndexOf(":");
  const repository = colon < 0 ? path : path.slice(0, colon);
  const tag = colon < 0 ? "latest" : path.slice(colon + 1);
  if (!registryPattern.test(registry)) throw malformed(text, "its registry is no host");
  if (!tagPattern.test(tag)) throw malformed(text, "its tag is malformed");
  if (!repository.split("/").every((part) => partPattern.test(part)))
    throw malformed(text, "its repository is not of small letters, digits and . _ - between them");
  const isOfficial = registry === registryDefault && !repository.includes("/");
  return {
    registry,
    repository: isOfficial ? `library/${repository}` : repository,
    version: digest ?? tag,
  };
}

/** The reference as a text that means the same anywhere. */
export function referenceText({ registry, repository, version }: ImageReference): string {
  return `${registry}/${repository}${version.startsWith("sha256:") ? "@" : ":"}${version}`;
}

function malformed(text: string, why: string): Error {
  return raise("argument.invalid", {
    op: "image.pull",
    detail: { path: "/image", rule: "[REGISTRY/]REPOSITORY[:TAG][@DIGEST]" },
    message: `Cannot use the image ${JSON.stringify(text.slice(0, 200))}: ${why}`,
  });
}
