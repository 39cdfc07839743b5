/* The end of the agent, and, when it is init, of the machine. */
#ifndef SHUTDOWN_H
#define SHUTDOWN_H

#include <stdbool.h>

#include "stream.h"

void begin_shutdown(struct stream *stream, struct fields request);
/* Begins an end that nobody waits for: SIGTERM, or the last host gone. */
void shutdown_begin(uint64_t grace_ms);
void shutdown_prepare(void);
/* Whether all has ended, so that the agent may. */
bool shutdown_is_done(void);
bool shutdown_has_begun(void);
/* Ends the machine when the agent is its init; else comes back. */
void shutdown_machine(void);

#endif
