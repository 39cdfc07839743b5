/** Most steps of one build. */
export const stepsMax = 200;

/** Longest text of a step's argument: a script that a RUN step brings. */
export const stepTextMax: number = 64 * 1024;

/** Most entries of the log of one build; what comes after them is left out. */
export const logEntriesMax = 10_000;

/** Longest line of a log; a longer one is cut. */
export const logLineMax = 2_000;

/** Most entries of one page of a log. */
export const logPageMax = 1_000;

/** Most templates that are listed, and tags of one template. */
export const templatesMax = 1_000;
export const tagsMax = 100;

/** How long a step may take that says nothing else. */
export const stepMsDefault: number = 10 * 60 * 1000;
export const stepMsMax: number = 60 * 60 * 1000;

/** How long all of a build may take. */
export const buildMsMax: number = 2 * 60 * 60 * 1000;

/** How long the start command may take until its ready check succeeds. */
export const readyMsMax: number = 5 * 60 * 1000;

/** Largest archive of files for a COPY step, as it comes. */
export const filesBytesMax: number = 256 * 2 ** 20;

/** Most bytes of it without compression. */
export const contextBytesMax: number = 4 * 2 ** 30;
