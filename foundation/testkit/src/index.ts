export { eventually } from "./eventually.ts";
export { openScratchFolder, type ScratchFolder } from "./scratch.ts";
