export { openRedisQueue, provider } from "./provider.ts";
