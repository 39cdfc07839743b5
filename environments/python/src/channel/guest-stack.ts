/**
 * Native stack of a guest process: below the 8 MiB that Linux and macOS give a main thread. The
 * guest's limit of depth follows from it, and with it what a receipt says, so it is a constant.
 */
export const guestStackBytes: number = 6_000 * 1024;
