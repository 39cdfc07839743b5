export { type BenchTable, quantile, reportBench } from "./bench-report.ts";
export { eventually } from "./eventually.ts";
export { faultOf } from "./fault-of.ts";
export { killAfterLines } from "./kill-after-lines.ts";
export { openScratchFolder, type ScratchFolder } from "./scratch.ts";
