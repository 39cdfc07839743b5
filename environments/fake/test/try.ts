import { runConformance, scoreLine } from "@bedplate/environment/conformance";
import { subject } from "../src/conformance.ts";
const [,, positions, ...only] = process.argv;
const t = performance.now();
const report = await runConformance(subject, { positions: (positions ?? "in-process").split(",") as never, only: only.length ? only : undefined,
 onResult: (r) => { const dt = Math.round(performance.now() - t); if (r.verdict !== "pass") console.log(dt, r.id, r.position, r.verdict, r.detail); else if (process.env.V) console.log(dt, r.id) } });
console.log(scoreLine(report), Math.round(performance.now()-t), "ms");
