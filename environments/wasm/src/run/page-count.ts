/** Size of a page of a linear memory. */
export const pageBytes = 65_536;

/** Whole pages in so many bytes. */
export function pagesIn(bytes: number): number {
  return Math.floor(bytes / pageBytes);
}
