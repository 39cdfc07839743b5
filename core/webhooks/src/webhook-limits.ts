/** Webhooks of one project. */
export const webhooksMax = 32;
/** Kinds that one webhook names. */
export const kindsMax = 64;
export const urlCharactersMax = 2_048;
export const labelCharactersMax = 128;

/** How often a delivery is tried before it is dead; the pauses between take two hours and 45 minutes on average. */
export const attemptsMax = 9;
/** The pause after the first failure; each one after it is four times as long, up to the longest. */
export const pauseMs = 2_000;
export const pauseMsMax: number = 60 * 60 * 1_000;
/** How long one attempt may take, from looking the name up to the last byte that is read. */
export const attemptMsMax = 15_000;

/** Deliveries that are under way at once: of one webhook, of one project, and of all. */
export const inFlightPerWebhookMax = 8;
export const inFlightPerProjectMax = 16;
export const inFlightMax = 64;
/** Deliveries of a webhook that may wait; of what is told beyond it the deliveries begin dead. */
export const waitingMax = 10_000;

/** How long deliveries are kept, and so can be delivered again. */
export const deliveriesKeptMs: number = 7 * 24 * 60 * 60 * 1_000;

/** Secrets of a webhook that count at once. */
export const secretsMax = 4;
/** How long an earlier secret counts beside a new one. */
export const secretKeptMsDefault: number = 24 * 60 * 60 * 1_000;
export const secretKeptMsMax: number = 7 * 24 * 60 * 60 * 1_000;
