#include "job.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel.h"
#include "poller.h"
#include "process.h"
#include "session.h"
#include "spawn.h"
#include "users.h"

#define JOBS_MAX 512
/* A job whose stream is gone has this long to clean up. */
#define CLEAN_UP_MS 2000

struct job {
    pid_t pid;
    /* -1 from when it is given up. */
    int fd;
    bool has_sent_eof, has_stream, was_killed;
    uint64_t kill_at;
};

static struct job *jobs[JOBS_MAX];

/* The job sees that nobody listens any more, and undoes what it has begun. */
static void give_up_on(struct job *job) {
    if (job->fd < 0) return;
    close(job->fd);
    job->fd = -1;
    job->kill_at = now_ms() + CLEAN_UP_MS;
}

static void cancel_job(struct stream *stream) { give_up_on(stream->state); }

static void close_job(struct stream *stream) {
    struct job *job = stream->state;
    give_up_on(job);
    job->has_stream = false;
}

void jobs_give_up(void) {
    for (int at = 0; at < JOBS_MAX; at++) {
        if (jobs[at] != NULL) give_up_on(jobs[at]);
    }
}

bool jobs_reaped(pid_t pid) {
    for (int at = 0; at < JOBS_MAX; at++) {
        if (jobs[at] == NULL || jobs[at]->pid != pid) continue;
        jobs[at]->pid = 0;
        return true;
    }
    return false;
}

unsigned int jobs_living(void) {
    unsigned int count = 0;
    for (int at = 0; at < JOBS_MAX; at++) count += jobs[at] != NULL && jobs[at]->pid != 0;
    return count;
}

void jobs_prepare(void) {
    for (int at = 0; at < JOBS_MAX; at++) {
        struct job *job = jobs[at];
        if (job == NULL || job->fd >= 0) continue;
        if (job->pid == 0 && !job->has_stream) {
            free(job);
            jobs[at] = NULL;
            continue;
        }
        if (job->pid != 0 && now_ms() >= job->kill_at) {
            kill(job->pid, SIGKILL);
            job->was_killed = true;
            job->kill_at = now_ms() + CLEAN_UP_MS;
        }
        poller_until(job->pid == 0 ? now_ms() : job->kill_at);
    }
}

/* Takes one message straight into the connection's queue. False when none is there. */
static bool relay_message(struct stream *stream, struct job *job) {
    uint8_t kind = 0;
    uint8_t *body = session_reserve(stream->session, DATA_BYTES_MAX);
    struct iovec parts[2] = {{&kind, 1}, {body, DATA_BYTES_MAX}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    ssize_t got = recvmsg(job->fd, &message, MSG_DONTWAIT);
    /* Input that a job ended without reading is told once, before its last messages. */
    if (got < 0 && errno == ECONNRESET) got = recvmsg(job->fd, &message, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    if (got <= 0) {
        stream_end(stream, CODE_INTERNAL, NULL);
        return false;
    }
    size_t length = (size_t)got - 1;
    if (kind == FRAME_DATA) {
        stream->credit[CHANNEL_OUTPUT] -= (int64_t)length;
        kind |= CHANNEL_OUTPUT << 5;
    } else if (kind == FRAME_ITEM) {
        stream->credit[CHANNEL_ITEMS] -= (int64_t)length;
        kind |= CHANNEL_ITEMS << 5;
    }
    if (kind == FRAME_ANSWER) stream->is_answered = true;
    if (kind == FRAME_END) stream->is_over = true;
    session_frame(stream->session, kind, stream->id, length);
    return !stream->is_over;
}

static bool may_relay(struct stream *stream) {
    return stream_may_send(stream, CHANNEL_OUTPUT) && stream_may_send(stream, CHANNEL_ITEMS);
}

static void on_job(void *owner, short events) {
    struct stream *stream = owner;
    struct job *job = stream->state;
    /* A frame that was read in this turn may have ended it. */
    if (stream->is_over || job->fd < 0 || (events & (POLLIN | POLLHUP)) == 0) return;
    while (may_relay(stream) && relay_message(stream, job)) continue;
}

/* One message of input; false when the job takes none now. */
static bool pass_message(struct job *job, uint8_t kind, const void *data, size_t length) {
    struct iovec parts[2] = {{&kind, 1}, {(void *)(uintptr_t)data, length}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    /* Whoever has ended takes nothing more; its last message says how it ended. */
    return sendmsg(job->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0 || (errno != EAGAIN && errno != EINTR);
}

static void pass_input(struct stream *stream, struct job *job) {
    while (stream->input.length > 0) {
        size_t length = stream->input.length < DATA_BYTES_MAX ? stream->input.length : DATA_BYTES_MAX;
        if (!pass_message(job, FRAME_DATA, bytes_head(&stream->input), length)) return;
        stream_took(stream, length);
    }
    if (!stream->has_input_ended || job->has_sent_eof) return;
    job->has_sent_eof = pass_message(job, FRAME_EOF, NULL, 0);
}

/*
 * Who gave an operation up is told when nothing of it is left; or, where a file system hangs, that it
 * was killed.
 */
static void prepare_cancelled(struct stream *stream, const struct job *job) {
    if (job->pid == 0 || job->was_killed) stream_end(stream, CODE_CANCELLED, NULL);
}

static void prepare_job(struct stream *stream) {
    struct job *job = stream->state;
    if (job->fd < 0) return prepare_cancelled(stream, job);
    if (stream->class->takes_input) pass_input(stream, job);
    bool has_input = stream->input.length > 0 || (stream->has_input_ended && !job->has_sent_eof);
    short wanted = (short)((may_relay(stream) ? POLLIN : 0) | (has_input ? POLLOUT : 0));
    if (wanted != 0) poller_want(job->fd, wanted, on_job, stream);
}

static const struct stream_class job_class = {prepare_job, close_job, false, cancel_job};
static const struct stream_class input_job_class = {prepare_job, close_job, true, cancel_job};

/* From here on in the child. */

static int socket_here = -1;
static void (*undo_here)(void);

int job_socket(void) { return socket_here; }
void job_on_abort(void (*undo)(void)) { undo_here = undo; }

static _Noreturn void give_up(void) {
    if (undo_here != NULL) undo_here();
    _exit(1);
}

static void tell(uint8_t kind, const void *data, size_t length) {
    struct iovec parts[2] = {{&kind, 1}, {(void *)(uintptr_t)data, length}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    while (sendmsg(socket_here, &message, MSG_NOSIGNAL) < 0) {
        if (errno != EINTR) give_up();
    }
}

void job_answer(const struct bytes *fields) { tell(FRAME_ANSWER, bytes_head(fields), fields->length); }
void job_item(const struct bytes *fields) { tell(FRAME_ITEM, bytes_head(fields), fields->length); }
void job_data(const void *data, size_t length) { tell(FRAME_DATA, data, length); }

size_t job_receive(uint8_t *target) {
    uint8_t kind = 0;
    struct iovec parts[2] = {{&kind, 1}, {target, DATA_BYTES_MAX}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    for (;;) {
        ssize_t got = recvmsg(socket_here, &message, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) give_up();
        if (kind == FRAME_EOF) return 0;
        if (got > 1) return (size_t)got - 1;
    }
}

static void tell_end(enum code code, int error, const struct bytes *more) {
    struct bytes fields = {0};
    put_number(&fields, TAG_CODE, code);
    if (error != 0) put_number(&fields, TAG_ERRNO, (uint64_t)error);
    if (more != NULL) bytes_append(&fields, bytes_head(more), more->length);
    tell(FRAME_END, bytes_head(&fields), fields.length);
}

_Noreturn void job_refuse(enum code code) {
    if (undo_here != NULL) undo_here();
    undo_here = NULL;
    tell_end(code, 0, NULL);
    _exit(0);
}

static _Noreturn void run_job(struct fields request, const struct job_kind *kind, int fd) {
    char user[128] = "";
    struct account account;
    struct bytes more = {0};
    socket_here = dup2(fd, STDIN_FILENO);
    close_from(3 + 1, 0); /* 3 is the root of file operations */
    restore_signals();
    /* The end of the machine asks all to end: this one ends when it is given up, and undoes first. */
    signal(SIGTERM, SIG_IGN);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    umask(022);
    if (field_text(request, TAG_USER, user, sizeof user) == -EINVAL) job_refuse(CODE_INVALID);
    int error = user[0] == 0 ? 0 : account_find(user, &account);
    if (error == ENOKEY) job_refuse(CODE_NO_USER);
    if (user[0] != 0) error = account_become(&account);
    if (error == 0) error = kind->run(request, &more);
    if (error < 0) error = -error;
    tell_end(code_of_error(error), error, &more);
    _exit(0);
}

static struct job **free_place(void) {
    for (int at = 0; at < JOBS_MAX; at++) {
        if (jobs[at] == NULL) return &jobs[at];
    }
    return NULL;
}

void begin_job(struct stream *stream, struct fields request, const struct job_kind *kind) {
    int pair[2];
    struct job **place = free_place();
    if (place == NULL) return stream_end(stream, CODE_LIMIT, NULL);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) return stream_fail(stream, errno);
    pid_t pid = fork();
    if (pid == 0) run_job(request, kind, pair[1]);
    int error = errno;
    close(pair[1]);
    if (pid < 0) {
        close(pair[0]);
        return stream_fail(stream, error);
    }
    struct job *job = must_allocate(sizeof *job);
    job->pid = pid;
    job->fd = pair[0];
    job->has_stream = true;
    *place = job;
    stream->state = job;
    stream->class = kind->takes_input ? &input_job_class : &job_class;
}
