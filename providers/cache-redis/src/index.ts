export { openRedisCache, provider } from "./provider.ts";
