/*
 * An operation that may wait or fail deep inside (on a file system, mostly) runs in a child process of
 * its own, as the user that was asked for. The agent relays between its socket and the stream.
 */
#ifndef JOB_H
#define JOB_H

#include <sys/types.h>

#include "stream.h"

/* In the child: does the work, and gives 0 or an errno. Fields put into `more` go with the end. */
typedef int (*job_function)(struct fields request, struct bytes *more);

struct job_kind {
    job_function run;
    bool takes_input;
};

void begin_job(struct stream *stream, struct fields request, const struct job_kind *kind);
bool jobs_reaped(pid_t pid);
/* How many have not ended. */
unsigned int jobs_living(void);
/* Lets all of them undo what they have begun, and end. */
void jobs_give_up(void);
/* Ends those that do not end by themselves after their stream was closed. */
void jobs_prepare(void);

/* In the child. Sending ends the program, after the clean-up, when nobody listens any more. */
void job_answer(const struct bytes *fields);
void job_item(const struct bytes *fields);
void job_data(const void *data, size_t length);
/* Input in pieces of at most DATA_BYTES_MAX; 0 at its end. */
size_t job_receive(uint8_t *target);
/* What has to be undone when the stream is given up; NULL for nothing. */
void job_on_abort(void (*undo)(void));
/* The descriptor that tells when the stream was given up: it hangs up. */
int job_socket(void);
/* Ends at once, with a code that no errno stands for. */
_Noreturn void job_refuse(enum code code);

#endif
