/** Identifiers of sections. Source: Core Specification 3.0, section 5.5.2. */
export const customSection = 0;
export const typeSection = 1;
export const functionSection = 3;
export const tableSection = 4;
export const memorySection = 5;
export const globalSection = 6;
export const exportSection = 7;
export const startSection = 8;
export const codeSection = 10;

const order: readonly number[] = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11];

/** The position, from 1, that the format prescribes for a section; -1 for an unknown one. */
export function sectionRank(id: number): number {
  const index = order.indexOf(id);
  return index < 0 ? -1 : index + 1;
}
