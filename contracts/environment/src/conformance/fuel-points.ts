import type { Random } from "@bedplate/clock";
import type { CaseRig } from "./case-rig.ts";

/** Up to this much fuel every single amount is tried. */
const everyFuelMax = 128;

/** How many amounts are tried of a longer program, besides its ends. */
const fuelSamples = 24;

/** Amounts of fuel around what a program needs: all of them for a short one, a sample for a long one. */
export function fuelPoints(needed: number, random: Random): readonly number[] {
  if (needed <= everyFuelMax) return Array.from({ length: needed + 2 }, (_, fuel) => fuel);
  const samples = Array.from({ length: fuelSamples }, () => {
    const [a = 0, b = 0, c = 0, d = 0] = random.bytes(4);
    return Math.floor(((a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d) / 2 ** 32) * needed);
  });
  return [0, 1, ...samples, needed - 1, needed, needed + 1];
}

/** True when the environment counts fuel. */
export function isFuelMetered(rig: CaseRig): boolean {
  return rig.manifest.declares.invoke?.meters.includes("fuel") ?? false;
}
