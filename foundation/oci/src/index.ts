export { checkedBytes, sha256 } from "./image/checked-bytes.ts";
export {
  type Descriptor,
  digestPattern,
  documentBytesMax,
  layersMax,
  type Platform,
} from "./image/image-documents.ts";
export type { ImageDocument, ImageSource } from "./image/image-source.ts";
export { layoutArchive, layoutFolder } from "./image/layout-source.ts";
export { type Image, type ImageLayer, ownPlatform, readImage } from "./image/read-image.ts";
export {
  type BlobPart,
  blobPartsType,
  type Compression,
  type LayerBlobs,
  type LayeredRoot,
  layerBlobsType,
  layeredRootSchema,
  layerPartBytes,
  layerPartsMax,
  type RootConfig,
  rootConfigType,
  rootDescriptionBytesMax,
} from "./image/root-description.ts";
export {
  type StoredImage,
  type StoreImageOptions,
  storeImage,
  storeParts,
} from "./image/store-image.ts";
export { LayerCache, type LayerCacheOptions, type ReadPart } from "./layer/layer-cache.ts";
export { type LayerBounds, type LayerMember, layerMembers } from "./layer/layer-members.ts";
export { LayerPacker } from "./layer/layer-packer.ts";
export { openLayer } from "./layer/open-layer.ts";
export { layerOfOverlay } from "./layer/overlay-layer.ts";
export { unpackLayer } from "./layer/unpack-layer.ts";
export { hasUnpacker, unpackPath } from "./layer/unpack-program.ts";
export { isPublicAddress } from "./registry/public-address.ts";
export { type ImageReference, parseReference, referenceText } from "./registry/reference.ts";
export type { RegistryPlace } from "./registry/registry-access.ts";
export { type RegistrySourceOptions, registrySource } from "./registry/registry-source.ts";
export { readTar, type TarEntry } from "./tar/read-tar.ts";
export { pathBelow } from "./tar/tar-path.ts";
export { type TarMember, tarEnd, tarHeader, tarPadding } from "./tar/write-tar.ts";
