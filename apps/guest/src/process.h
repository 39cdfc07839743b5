/* Processes that the host started: they outlive the connection that started them. */
#ifndef PROCESS_H
#define PROCESS_H

#include <sys/types.h>

#include "ring.h"
#include "session.h"

#define PROCESSES_MAX 256
/* Ended processes that are remembered for late readers. */
#define EXITED_MAX 64
#define RING_BYTES 131072
#define RINGS_TOTAL_BYTES 67108864
#define RING_BYTES_MIN 4096
#define RING_BYTES_MAX 1048576
#define ARGV_KEPT_BYTES 4096
#define LABEL_BYTES 65

struct process;

struct output {
    struct process *process;
    struct ring ring;
    int fd;
    /* All that had been written by the end of the process has been read. */
    bool is_drained;
    /* Up to where the last reader had consumed it. */
    uint64_t consumed;
};

struct process {
    uint32_t id;
    pid_t pid;
    unsigned int flags;
    char label[LABEL_BYTES];
    int status;
    bool is_started, has_exited, has_timed_out, was_out_of_memory;
    int start_fd, input_fd;
    struct output outputs[2];
    uint64_t kill_at;
    int start_error;
    struct bytes argv;
    struct reader *readers;
    /* Streams that wait for something else of it. */
    unsigned int holders;
    struct process *next;
};

/* Starts what the request asks for; `*error` tells why not. */
struct process *process_start(struct fields request, int *error);
/* By id, or by label; NULL when there is none. */
struct process *process_find(struct fields request);
/* What this turn needs: outputs to read, deadlines. */
void processes_prepare(void);
/* Forgets ended ones beyond the limit, when no stream holds them. */
void processes_sweep(void);
/* Takes note of the end of a child; false when it is none of these. */
bool processes_reaped(pid_t pid, int status);
void processes_close_all(void);
/* Describes the newest process below the number `*told`, and lowers it; false when there is none. */
bool process_describe_next(uint32_t *told, struct bytes *fields);
unsigned int processes_living(void);
/* Sends a signal to the sessions of all living processes. */
void processes_signal_all(int number);
/* Whether the session is that of one of these that can be signalled. */
bool processes_have(pid_t session);
/* Tells those at a terminal that it is gone. */
void processes_hang_up(void);
/* Sends a signal in a scope; 0 or an errno. */
int process_signal(struct process *process, int number, enum signal_scope scope);
int process_resize(struct process *process, unsigned int columns, unsigned int rows);
void process_close_input(struct process *process);
/* Whether it has ended and all that it had written by then has been read. */
bool process_is_over(const struct process *process);
void process_describe_end(const struct process *process, struct bytes *fields);

/* The classes of streams that deal with processes; see process-streams.c. */
void begin_start(struct stream *stream, struct fields request);
void begin_attach(struct stream *stream, struct fields request);
void begin_input(struct stream *stream, struct fields request);
void begin_signal(struct stream *stream, struct fields request);
void begin_resize(struct stream *stream, struct fields request);
void begin_processes(struct stream *stream, struct fields request);
/* Streams that read outputs, in a list of their process. */
struct reader {
    struct stream *stream;
    struct process *process;
    uint64_t position[2];
    int64_t window;
    bool is_starter, reads_output;
    struct reader *next;
};
/* Up to where the host has consumed an output of the process. */
uint64_t reader_consumed(const struct reader *reader, int output);

#endif
