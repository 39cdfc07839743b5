export { type MemoryQueue, type MemoryQueueOptions, openMemoryQueue } from "./memory-queue.ts";
export { provider } from "./provider.ts";
