/* The streams through which a host deals with processes. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "poller.h"
#include "process.h"

static const struct stream_class reader_class;

uint64_t reader_consumed(const struct reader *reader, int output) {
    const enum channel channel = output == 0 ? CHANNEL_OUTPUT : CHANNEL_ERROR;
    /* The host gives credit for what it has consumed: what is missing from the window, it has not. */
    int64_t pending = reader->window - reader->stream->credit[channel];
    if (pending <= 0) return reader->position[output];
    uint64_t position = reader->position[output];
    return (uint64_t)pending > position ? 0 : position - (uint64_t)pending;
}

static void add_reader(struct stream *stream, struct process *process, struct fields request) {
    struct reader *reader = must_allocate(sizeof *reader);
    *reader = (struct reader){.stream = stream, .process = process, .window = stream->credit[0]};
    unsigned int flags = (unsigned int)field_number(request, TAG_FLAGS, 0);
    reader->reads_output = (flags & PROCESS_NO_OUTPUT) == 0;
    const enum tag tags[2] = {TAG_OFFSET_OUTPUT, TAG_OFFSET_ERROR};
    for (int at = 0; at < 2; at++) {
        const struct ring *ring = &process->outputs[at].ring;
        uint64_t wanted = field_number(request, tags[at], 0);
        uint64_t first = ring_first(ring);
        reader->position[at] = wanted < first ? first : wanted > ring->end ? ring->end : wanted;
    }
    reader->next = process->readers;
    process->readers = reader;
    stream->state = reader;
    stream->class = &reader_class;
}

static void drop_reader(struct reader *reader) {
    struct reader **at = &reader->process->readers;
    while (*at != reader) at = &(*at)->next;
    *at = reader->next;
    for (int output = 0; output < 2; output++) {
        uint64_t consumed = reader_consumed(reader, output);
        struct output *of = &reader->process->outputs[output];
        if (reader->reads_output && consumed > of->consumed) of->consumed = consumed;
    }
}

static void close_reader(struct stream *stream) {
    struct reader *reader = stream->state;
    struct process *process = reader->process;
    drop_reader(reader);
    bool is_tied = reader->is_starter && (process->flags & PROCESS_TIED) != 0;
    if (is_tied && !process_is_over(process)) process_signal(process, SIGKILL, SCOPE_SESSION);
    free(reader);
}

static void send_answer(struct stream *stream, const struct reader *reader) {
    struct bytes fields = {0};
    put_number(&fields, TAG_PROCESS, reader->process->id);
    put_number(&fields, TAG_PID, (uint64_t)reader->process->pid);
    put_number(&fields, TAG_OFFSET_OUTPUT, reader->position[0]);
    put_number(&fields, TAG_OFFSET_ERROR, reader->position[1]);
    stream_answer(stream, &fields);
    bytes_free(&fields);
}

/* Sends what is there and allowed; true when nothing is left. */
static bool send_output(struct reader *reader, int at) {
    const struct ring *ring = &reader->process->outputs[at].ring;
    const enum channel channel = at == 0 ? CHANNEL_OUTPUT : CHANNEL_ERROR;
    if (!reader->reads_output) return true;
    while (reader->position[at] < ring->end && stream_may_send(reader->stream, channel)) {
        size_t count;
        const uint8_t *data = ring_at(ring, reader->position[at], &count);
        if (count > DATA_BYTES_MAX) count = DATA_BYTES_MAX;
        stream_send(reader->stream, channel, data, count);
        reader->position[at] += count;
    }
    return reader->position[at] == ring->end;
}

static void on_input_ready(void *owner, short events) {
    struct stream *stream = owner;
    (void)stream;
    (void)events;
}

/* Moves input to the process; true when all of it, and its end, has arrived there. */
static bool send_input(struct stream *stream, struct process *process) {
    while (stream->input.length > 0) {
        if (process->input_fd < 0) {
            stream_took(stream, stream->input.length);
            break;
        }
        ssize_t done = write(process->input_fd, bytes_head(&stream->input), stream->input.length);
        if (done < 0 && errno == EAGAIN) {
            poller_want(process->input_fd, POLLOUT, on_input_ready, stream);
            return false;
        }
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) {
            close(process->input_fd);
            process->input_fd = -1;
            continue;
        }
        stream_took(stream, (size_t)done);
    }
    return stream->has_input_ended;
}

static void send_end(struct stream *stream, const struct process *process) {
    struct bytes fields = {0};
    process_describe_end(process, &fields);
    stream_end(stream, CODE_OK, &fields);
    bytes_free(&fields);
}

static void prepare_reader(struct stream *stream) {
    struct reader *reader = stream->state;
    struct process *process = reader->process;
    if (!process->is_started) return;
    if (process->start_error != 0) {
        /* It is gone when nobody can see it any more. */
        if (!process->has_exited) return;
        if (process->start_error == ENOKEY) return stream_end(stream, CODE_NO_USER, NULL);
        return stream_fail(stream, process->start_error);
    }
    if (!stream->is_answered) send_answer(stream, reader);
    if (send_input(stream, process) && stream->has_input_ended && process->input_fd >= 0 &&
        (process->flags & PROCESS_CLOSE_INPUT) == 0) {
        process->flags |= PROCESS_CLOSE_INPUT;
        process_close_input(process);
    }
    bool is_all_sent = send_output(reader, 0);
    is_all_sent = send_output(reader, 1) && is_all_sent;
    if (is_all_sent && process_is_over(process)) send_end(stream, process);
}

static const struct stream_class reader_class = {prepare_reader, close_reader, true, NULL};

void begin_start(struct stream *stream, struct fields request) {
    int error;
    struct process *process = process_start(request, &error);
    if (process == NULL) return stream_fail(stream, error);
    process->flags &= ~(unsigned int)PROCESS_CLOSE_INPUT;
    add_reader(stream, process, request);
    ((struct reader *)stream->state)->is_starter = true;
}

void begin_attach(struct stream *stream, struct fields request) {
    struct process *process = process_find(request);
    if (process == NULL) return stream_fail(stream, ESRCH);
    add_reader(stream, process, request);
}

static void release_process(struct stream *stream) {
    struct process *process = stream->state;
    process->holders--;
}

static void hold_process(struct stream *stream, struct process *process, const struct stream_class *class) {
    process->holders++;
    stream->state = process;
    stream->class = class;
}

static void answer_empty(struct stream *stream) {
    struct bytes none = {0};
    stream_answer(stream, &none);
    stream_end(stream, CODE_OK, NULL);
}

static void prepare_input(struct stream *stream) {
    struct process *process = stream->state;
    if (process->input_fd < 0 && !stream->has_input_ended) return stream_fail(stream, ESRCH);
    if (send_input(stream, process)) answer_empty(stream);
}

static void prepare_closing_input(struct stream *stream) {
    struct process *process = stream->state;
    if (!send_input(stream, process)) return;
    process_close_input(process);
    answer_empty(stream);
}

static const struct stream_class input_class = {prepare_input, release_process, true, NULL};
static const struct stream_class closing_input_class = {prepare_closing_input, release_process, true, NULL};

void begin_input(struct stream *stream, struct fields request) {
    struct process *process = process_find(request);
    if (process == NULL || process->has_exited) return stream_fail(stream, ESRCH);
    bool closes = (field_number(request, TAG_FLAGS, 0) & PROCESS_CLOSE_INPUT) != 0;
    hold_process(stream, process, closes ? &closing_input_class : &input_class);
}

/* The process is reaped when this ends: nobody sees it any more. */
static void prepare_signal(struct stream *stream) {
    const struct process *process = stream->state;
    if (process->has_exited) answer_empty(stream);
}

static const struct stream_class signal_class = {prepare_signal, release_process, false, NULL};

void begin_signal(struct stream *stream, struct fields request) {
    struct process *process = process_find(request);
    uint64_t number = field_number(request, TAG_SIGNAL, 0);
    uint64_t scope = field_number(request, TAG_SCOPE, SCOPE_GROUP);
    if (number > 64 || scope > SCOPE_SESSION) return stream_fail(stream, EINVAL);
    int error = process == NULL ? ESRCH : process_signal(process, (int)number, (enum signal_scope)scope);
    if (error != 0) return stream_fail(stream, error);
    bool waits = (field_number(request, TAG_FLAGS, 0) & PROCESS_WAIT) != 0;
    if (waits && !process->has_exited) hold_process(stream, process, &signal_class);
    else answer_empty(stream);
}

void begin_resize(struct stream *stream, struct fields request) {
    struct process *process = process_find(request);
    unsigned int columns = (unsigned int)field_number(request, TAG_COLUMNS, 0);
    unsigned int rows = (unsigned int)field_number(request, TAG_ROWS, 0);
    int error = process == NULL ? ESRCH : process_resize(process, columns, rows);
    if (error != 0) stream_fail(stream, error);
    else answer_empty(stream);
}

/* The list is told from new to old; the state is the number of the last one that was told. */
static void prepare_processes(struct stream *stream) {
    uint32_t *told = stream->state;
    while (stream_may_send(stream, CHANNEL_ITEMS)) {
        struct bytes fields = {0};
        bool is_more = process_describe_next(told, &fields);
        if (is_more) stream_send_item(stream, bytes_head(&fields), fields.length);
        bytes_free(&fields);
        if (!is_more) return stream_end(stream, CODE_OK, NULL);
    }
}

static void close_processes(struct stream *stream) { free(stream->state); }

static const struct stream_class processes_class = {prepare_processes, close_processes, false, NULL};

void begin_processes(struct stream *stream, struct fields request) {
    (void)request;
    struct bytes none = {0};
    uint32_t *told = must_allocate(sizeof *told);
    *told = UINT32_MAX;
    stream->state = told;
    stream->class = &processes_class;
    stream_answer(stream, &none);
}
