export { MemoryQueue, type MemoryQueueOptions, openMemoryQueue } from "./memory-queue.ts";
