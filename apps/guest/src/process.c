#include "process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "oom.h"
#include "poller.h"
#include "sessions-of.h"
#include "spawn.h"

#define READ_TURN_BYTES 65536

static struct process *processes;
static uint32_t last_id;

static void forget(struct process **place) {
    struct process *process = *place;
    *place = process->next;
    for (int at = 0; at < 2; at++) {
        if (process->outputs[at].fd >= 0) close(process->outputs[at].fd);
        ring_free(&process->outputs[at].ring);
    }
    if (process->input_fd >= 0) close(process->input_fd);
    if (process->start_fd >= 0) close(process->start_fd);
    bytes_free(&process->argv);
    free(process);
}

static bool may_forget(const struct process *process) {
    return process->has_exited && process->readers == NULL && process->holders == 0;
}

/* The list is from new to old, so the last that may go is the oldest. */
static bool forget_oldest(void) {
    struct process **oldest = NULL;
    for (struct process **at = &processes; *at != NULL; at = &(*at)->next) {
        if (may_forget(*at)) oldest = at;
    }
    if (oldest == NULL) return false;
    forget(oldest);
    return true;
}

static void keep_argv(struct process *process, struct fields request) {
    size_t offset = 0;
    struct field field;
    while (field_next(request, &offset, &field)) {
        size_t room = ARGV_KEPT_BYTES - process->argv.length;
        if (field.tag != TAG_ARG || room < 8) continue;
        size_t length = field.length < room - 4 ? field.length : room - 4;
        put_block(&process->argv, TAG_ARG, field.value, length);
    }
}

static bool has_room_for(size_t ring_bytes) {
    size_t bytes = 2 * ring_bytes;
    unsigned int count = 0;
    for (struct process *at = processes; at != NULL; at = at->next) {
        bytes += 2 * at->outputs[0].ring.size;
        count++;
    }
    return bytes <= RINGS_TOTAL_BYTES && count < PROCESSES_MAX;
}

static int label_of(struct fields request, char *label) {
    int error = field_text(request, TAG_LABEL, label, LABEL_BYTES);
    if (error == -ENOENT) return 0;
    if (error != 0) return EINVAL;
    return process_find(request) == NULL ? 0 : EEXIST;
}

static struct process *record(struct fields request, const struct spawned *spawned, size_t ring_bytes) {
    struct process *process = must_allocate(sizeof *process);
    process->id = ++last_id;
    process->pid = spawned->pid;
    process->flags = (unsigned int)field_number(request, TAG_FLAGS, 0);
    process->start_fd = spawned->start;
    process->input_fd = spawned->input;
    const int fds[2] = {spawned->output, spawned->error};
    for (int at = 0; at < 2; at++) {
        process->outputs[at] = (struct output){process, {NULL, ring_bytes, 0}, fds[at], false, 0};
    }
    uint64_t timeout_ms = field_number(request, TAG_TIMEOUT_MS, 0);
    if (timeout_ms != 0) process->kill_at = now_ms() + timeout_ms;
    keep_argv(process, request);
    process->next = processes;
    processes = process;
    return process;
}

struct process *process_start(struct fields request, int *error) {
    struct spawn spawn;
    struct spawned spawned;
    char label[LABEL_BYTES] = "";
    uint64_t ring_bytes = field_number(request, TAG_RING_BYTES, RING_BYTES);
    *error = ring_bytes < RING_BYTES_MIN || ring_bytes > RING_BYTES_MAX ? EINVAL : label_of(request, label);
    if (*error != 0) return NULL;
    while (!has_room_for((size_t)ring_bytes)) {
        if (forget_oldest()) continue;
        *error = ENOMEM;
        return NULL;
    }
    *error = spawn_read(&spawn, request);
    if (*error == 0) *error = spawn_run(&spawn, &spawned);
    spawn_free(&spawn);
    if (*error != 0) return NULL;
    struct process *process = record(request, &spawned, (size_t)ring_bytes);
    strcpy(process->label, label);
    return process;
}

struct process *process_find(struct fields request) {
    char label[LABEL_BYTES];
    bool has_label = field_text(request, TAG_LABEL, label, sizeof label) == 0;
    uint64_t id = field_number(request, TAG_PROCESS, 0);
    for (struct process *at = processes; at != NULL; at = at->next) {
        if (at->is_started && at->start_error != 0) continue;
        if (id != 0 ? at->id == id : has_label && strcmp(at->label, label) == 0) return at;
    }
    return NULL;
}

/* How many bytes may be read without losing what a reader, or a later one, still wants. */
static size_t readable_bytes(const struct process *process, const struct output *output) {
    int at = output == &process->outputs[1];
    uint64_t needed = output->ring.end;
    bool has_reader = false;
    for (const struct reader *reader = process->readers; reader != NULL; reader = reader->next) {
        if (!reader->reads_output) continue;
        uint64_t consumed = reader_consumed(reader, at);
        if (consumed < needed) needed = consumed;
        has_reader = true;
    }
    if (!has_reader && (process->flags & PROCESS_HOLD_OUTPUT) != 0) needed = output->consumed;
    uint64_t used = output->ring.end - needed;
    return used >= output->ring.size ? 0 : output->ring.size - (size_t)used;
}

static void read_output(struct output *output, size_t room) {
    size_t count = room < READ_TURN_BYTES ? room : READ_TURN_BYTES;
    uint8_t *at = ring_space(&output->ring, &count);
    ssize_t got = read(output->fd, at, count);
    if (got > 0) return ring_advance(&output->ring, (size_t)got);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        output->is_drained = output->process->has_exited && errno == EAGAIN;
        return;
    }
    /* The end of a pipe; of a terminal that nobody holds any more it is EIO. */
    close(output->fd);
    output->fd = -1;
}

static void on_output(void *owner, short events) {
    struct output *output = owner;
    (void)events;
    if (output->fd < 0) return;
    size_t room = readable_bytes(output->process, output);
    if (room > 0) read_output(output, room);
}

static void on_started(void *owner, short events) {
    struct process *process = owner;
    (void)events;
    int error = 0;
    ssize_t got = read(process->start_fd, &error, sizeof error);
    if (got < 0 && errno == EAGAIN) return;
    process->start_error = got == (ssize_t)sizeof error ? error : 0;
    process->is_started = true;
    close(process->start_fd);
    process->start_fd = -1;
}

static void check_deadline(struct process *process) {
    if (process->kill_at == 0) return;
    if (process_is_over(process)) {
        process->kill_at = 0;
        return;
    }
    if (now_ms() < process->kill_at) return poller_until(process->kill_at);
    process->kill_at = 0;
    process->has_timed_out = !process->has_exited;
    /* What it left behind may hold its outputs open for ever. */
    process_signal(process, SIGKILL, SCOPE_SESSION);
    process->flags &= ~(unsigned int)PROCESS_UNTIL_CLOSED;
}

static void prepare_output(struct output *output) {
    if (output->fd < 0) return;
    size_t room = readable_bytes(output->process, output);
    if (room > 0 && output->process->has_exited && !output->is_drained) {
        read_output(output, room);
        poller_until(now_ms());
    }
    if (room > 0) poller_want(output->fd, POLLIN, on_output, output);
}

void processes_prepare(void) {
    for (struct process *at = processes; at != NULL; at = at->next) {
        if (at->start_fd >= 0) poller_want(at->start_fd, POLLIN, on_started, at);
        check_deadline(at);
        prepare_output(&at->outputs[0]);
        prepare_output(&at->outputs[1]);
    }
}

void processes_sweep(void) {
    unsigned int exited = 0;
    for (struct process **at = &processes; *at != NULL;) {
        bool is_failed = (*at)->is_started && (*at)->start_error != 0;
        if (may_forget(*at) && (is_failed || ++exited > EXITED_MAX)) forget(at);
        else at = &(*at)->next;
    }
}

bool processes_reaped(pid_t pid, int status) {
    for (struct process *at = processes; at != NULL; at = at->next) {
        if (at->pid != pid || at->has_exited) continue;
        at->has_exited = true;
        at->status = status;
        at->was_out_of_memory = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && oom_has_killed();
        if (at->input_fd >= 0) process_close_input(at);
        return true;
    }
    return false;
}

void processes_close_all(void) {
    for (struct process *at = processes; at != NULL; at = at->next) {
        const int fds[4] = {at->outputs[0].fd, at->outputs[1].fd, at->input_fd, at->start_fd};
        for (int fd = 0; fd < 4; fd++) {
            if (fds[fd] >= 0) close(fds[fd]);
        }
    }
}

unsigned int processes_living(void) {
    unsigned int count = 0;
    for (struct process *at = processes; at != NULL; at = at->next) count += !at->has_exited;
    return count;
}

void processes_signal_all(int number) {
    for (struct process *at = processes; at != NULL; at = at->next) {
        process_signal(at, number, SCOPE_SESSION);
    }
}

static bool holds_outputs(const struct process *process) {
    return process->outputs[0].fd >= 0 || process->outputs[1].fd >= 0;
}

/* A number that nobody bears any more may belong to someone else tomorrow. */
static bool may_signal(const struct process *process) {
    return !process->has_exited || holds_outputs(process);
}

bool processes_have(pid_t session) {
    for (struct process *at = processes; at != NULL; at = at->next) {
        if (at->pid == session && may_signal(at)) return true;
    }
    return false;
}

void processes_hang_up(void) {
    for (struct process *at = processes; at != NULL; at = at->next) {
        if ((at->flags & PROCESS_PTY) != 0) process_signal(at, SIGHUP, SCOPE_SESSION);
    }
}

int process_signal(struct process *process, int number, enum signal_scope scope) {
    if (!may_signal(process) || (process->has_exited && scope == SCOPE_PROCESS)) return ESRCH;
    if (scope == SCOPE_SESSION) signal_session(process->pid, number);
    int result = kill(scope == SCOPE_PROCESS ? process->pid : -process->pid, number);
    return result < 0 && scope != SCOPE_SESSION ? errno : 0;
}

int process_resize(struct process *process, unsigned int columns, unsigned int rows) {
    if ((process->flags & PROCESS_PTY) == 0 || process->outputs[0].fd < 0) return ENOTTY;
    return pty_resize(process->outputs[0].fd, columns, rows);
}

void process_close_input(struct process *process) {
    if (process->input_fd < 0) return;
    /* A terminal has no end of its own: the character that means it is sent. */
    bool is_pty = (process->flags & PROCESS_PTY) != 0 && !process->has_exited;
    if (is_pty && write(process->input_fd, "\004", 1) < 0) log_line("cannot end a terminal's input", errno);
    if (is_pty) return;
    close(process->input_fd);
    process->input_fd = -1;
}

bool process_is_over(const struct process *process) {
    if (!process->has_exited) return false;
    bool waits = (process->flags & PROCESS_UNTIL_CLOSED) != 0;
    for (int at = 0; at < 2; at++) {
        const struct output *output = &process->outputs[at];
        if (output->fd >= 0 && (waits || !output->is_drained)) return false;
    }
    return true;
}

static void put_end_flags(const struct process *process, struct bytes *fields) {
    unsigned int flags = process->flags & PROCESS_PTY;
    if (process->has_exited) flags |= PROCESS_HAS_EXITED;
    if (process->has_timed_out) flags |= PROCESS_TIMED_OUT;
    if (process->was_out_of_memory) flags |= PROCESS_OUT_OF_MEMORY;
    put_number(fields, TAG_FLAGS, flags);
}

void process_describe_end(const struct process *process, struct bytes *fields) {
    put_end_flags(process, fields);
    if (!process->has_exited) return;
    if (WIFEXITED(process->status)) put_number(fields, TAG_EXIT_CODE, (uint64_t)WEXITSTATUS(process->status));
    else put_number(fields, TAG_EXIT_SIGNAL, (uint64_t)WTERMSIG(process->status));
}

bool process_describe_next(uint32_t *told, struct bytes *fields) {
    for (struct process *at = processes; at != NULL; at = at->next) {
        if (at->id >= *told || (at->is_started && at->start_error != 0)) continue;
        *told = at->id;
        put_number(fields, TAG_PROCESS, at->id);
        put_number(fields, TAG_PID, (uint64_t)at->pid);
        if (at->label[0] != 0) put_text(fields, TAG_LABEL, at->label);
        process_describe_end(at, fields);
        bytes_append(fields, bytes_head(&at->argv), at->argv.length);
        return true;
    }
    return false;
}
