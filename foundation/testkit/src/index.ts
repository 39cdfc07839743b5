export { eventually } from "./eventually.ts";
export { killAfterLines } from "./kill-after-lines.ts";
export { openScratchFolder, type ScratchFolder } from "./scratch.ts";
