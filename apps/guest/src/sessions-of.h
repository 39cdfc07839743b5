/* What the kernel calls a session: a leader and all that it started and that did not leave. */
#ifndef SESSIONS_OF_H
#define SESSIONS_OF_H

#include <stdbool.h>
#include <sys/types.h>

/* Sends a signal to every process of the session, by /proc. */
void signal_session(pid_t session, int number);
/* Children of this process, those that came to it too: how many, after each got the signal (0: none). */
unsigned int signal_children(int number);
/* Sends a signal to those children whose session is nobody's. */
void signal_strays(int number, bool (*is_known)(pid_t session));
/* How many processes there are. */
unsigned int count_processes(void);

#endif
