import { type Fork, type ForkOptions, forkOf } from "../forks/fork.ts";
import type { BlobRules } from "../transition/transition-rules.ts";

/** How the field's test vectors and tools call forks, in small letters, against our names. */
const names: Readonly<Record<string, string>> = {
  frontier: "frontier",
  homestead: "homestead",
  eip150: "tangerineWhistle",
  tangerinewhistle: "tangerineWhistle",
  eip158: "spuriousDragon",
  spuriousdragon: "spuriousDragon",
  byzantium: "byzantium",
  constantinople: "constantinople",
  constantinoplefix: "petersburg",
  petersburg: "petersburg",
  istanbul: "istanbul",
  muirglacier: "istanbul",
  berlin: "berlin",
  london: "london",
  arrowglacier: "london",
  grayglacier: "london",
  merge: "paris",
  paris: "paris",
  shanghai: "shanghai",
  cancun: "cancun",
  prague: "prague",
  osaka: "osaka",
  bpo1: "osaka",
  bpo2: "osaka",
};

/** Forks that change nothing but the schedule of blobs. */
const schedules: Readonly<Record<string, BlobRules>> = {
  bpo1: { target: 10, max: 15, baseFeeUpdateFraction: 8_346_193n },
  bpo2: { target: 14, max: 21, baseFeeUpdateFraction: 11_684_671n },
};

export interface LabelledFork {
  readonly fork: Fork;
  readonly blobs?: BlobRules | undefined;
}

/** The same for forks whose rules are not final. */
const experimentalNames: Readonly<Record<string, string>> = { amsterdam: "amsterdam" };

/**
 * The fork of a label such as `Osaka`, `ConstantinopleFix` or `EIP158`; nothing for an unknown one, and for an
 * experimental one that was not asked for.
 */
export function forkOfLabel(label: string, options: ForkOptions = {}): LabelledFork | undefined {
  const key = label.toLowerCase();
  const known = options.isExperimental === true ? { ...names, ...experimentalNames } : names;
  const name = Object.hasOwn(known, key) ? known[key] : undefined;
  if (name === undefined) return undefined;
  return { fork: forkOf(name, options), blobs: schedules[key] };
}

/** Every label, in the order of the forks. */
export const forkLabels: readonly string[] = [
  "Frontier",
  "Homestead",
  "EIP150",
  "EIP158",
  "Byzantium",
  "Constantinople",
  "ConstantinopleFix",
  "Istanbul",
  "Berlin",
  "London",
  "Paris",
  "Shanghai",
  "Cancun",
  "Prague",
  "Osaka",
  "BPO1",
  "BPO2",
];
