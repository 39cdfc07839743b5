/*
 * What the loop waits for. The set is built anew in every turn from what each part wants now, so no
 * part can forget to withdraw a wish.
 */
#ifndef POLLER_H
#define POLLER_H

#include <stdbool.h>
#include <stdint.h>

typedef void (*ready_function)(void *owner, short events);

void poller_begin(void);
/* Calls `ready(owner, events)` when one of `events` is there; does nothing for a negative `fd`. */
void poller_want(int fd, short events, ready_function ready, void *owner);
/* Waits no longer than until `at` on the clock of `now_ms`; 0 means no limit. */
void poller_until(uint64_t at);
/* Waits, and calls whoever is ready. */
void poller_run(void);

#endif
