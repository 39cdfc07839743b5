#include "session.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "poller.h"

#define READ_BYTES 65536
/* How long to wait before a device is asked again whether a host has come. */
#define DEVICE_RETRY_MS 100

struct identity identity;

static struct session *sessions[SESSIONS_MAX];

static struct session **free_place(void) {
    struct session **ungreeted = NULL;
    for (int at = 0; at < SESSIONS_MAX; at++) {
        if (sessions[at] == NULL) return &sessions[at];
        if (!sessions[at]->is_greeted && !sessions[at]->is_dead) ungreeted = &sessions[at];
    }
    /* Who connected without a greeting makes room for who comes now, in the next turn. */
    if (ungreeted != NULL) (*ungreeted)->is_dead = true;
    return NULL;
}

struct session *session_open(int in_fd, int out_fd, bool is_device) {
    struct session **place = free_place();
    if (place == NULL) return NULL;
    struct session *session = must_allocate(sizeof *session);
    session->in_fd = in_fd;
    session->out_fd = out_fd;
    session->is_device = is_device;
    session->greet_until = is_device ? 0 : now_ms() + GREETING_MS;
    *place = session;
    return session;
}

uint8_t *session_reserve(struct session *session, size_t count) {
    return bytes_reserve(&session->out, HEADER_BYTES + count) + HEADER_BYTES;
}

void session_frame(struct session *session, unsigned int kind, uint32_t stream, size_t length) {
    uint8_t *at = bytes_reserve(&session->out, HEADER_BYTES + length);
    at[0] = (uint8_t)kind;
    write_u24(at + 1, (uint32_t)length);
    write_u32(at + 4, stream);
    bytes_commit(&session->out, HEADER_BYTES + length);
}

bool session_has_room(struct session *session) { return session->out.length < OUT_ROOM_BYTES; }

void session_end_streams(struct session *session) {
    for (int at = 0; at < STREAMS_MAX; at++) {
        if (session->streams[at] != NULL) session->streams[at]->is_over = true;
    }
}

void session_bye(struct session *session, enum code code) {
    struct bytes fields = {0};
    put_number(&fields, TAG_CODE, code);
    uint8_t *at = session_reserve(session, fields.length);
    memcpy(at, bytes_head(&fields), fields.length);
    session_frame(session, FRAME_BYE, 0, fields.length);
    bytes_free(&fields);
    session->is_greeted = false;
    if (session->is_device) session->is_hunting = true;
    else session->is_ending = true;
}

/* The other side is gone: a device waits for the next one. */
static void lose(struct session *session) {
    if (!session->is_device) {
        session->is_dead = true;
        return;
    }
    session->is_greeted = false;
    session->is_hunting = true;
    session->retry_at = now_ms() + DEVICE_RETRY_MS;
    bytes_free(&session->in);
    bytes_free(&session->out);
}

static void flush(struct session *session) {
    while (session->out.length > 0 && !session->is_dead) {
        ssize_t done = write(session->out_fd, bytes_head(&session->out), session->out.length);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0 && errno == EAGAIN) return;
        if (done <= 0) return lose(session);
        bytes_take(&session->out, (size_t)done);
    }
    if (session->is_ending) session->is_dead = true;
}

static void on_readable(void *owner, short events) {
    struct session *session = owner;
    if (session->is_dead) return;
    uint8_t *at = bytes_reserve(&session->in, READ_BYTES);
    ssize_t got = read(session->in_fd, at, READ_BYTES);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        if (session->is_device && (events & POLLHUP) != 0) lose(session);
        return;
    }
    if (got <= 0) return lose(session);
    bytes_commit(&session->in, (size_t)got);
    frames_consume(session);
}

static void on_writable(void *owner, short events) {
    struct session *session = owner;
    if ((events & POLLERR) != 0 && !session->is_device) session->is_dead = true;
    flush(session);
}

static void prepare_streams(struct session *session) {
    session->was_full = false;
    session->turn++;
    for (unsigned int step = 0; step < STREAMS_MAX; step++) {
        struct stream *stream = session->streams[(session->turn + step) % STREAMS_MAX];
        if (stream != NULL && !stream->is_over) stream->class->prepare(stream);
    }
}

static void wait_for(struct session *session) {
    if (session->is_dead) return poller_until(now_ms());
    if (session->retry_at > now_ms()) return poller_until(session->retry_at);
    bool may_read = !session->is_ending && session->out.length < OUT_STOP_BYTES;
    if (may_read) poller_want(session->in_fd, POLLIN, on_readable, session);
    if (session->out.length > 0) poller_want(session->out_fd, POLLOUT, on_writable, session);
    if (session->was_full && session_has_room(session)) poller_until(now_ms());
    if (!session->is_greeted) poller_until(session->greet_until);
}

static void prepare(struct session *session) {
    if (!session->is_greeted && session->greet_until != 0 && now_ms() >= session->greet_until) {
        session->is_dead = true;
    }
    if (session->is_dead) return poller_until(now_ms());
    if (session->in.length > 0) frames_consume(session);
    bool was_stopped = session->out.length >= OUT_STOP_BYTES;
    if (session->is_greeted && session->stream_count > 0) prepare_streams(session);
    flush(session);
    if (was_stopped && session->out.length < OUT_STOP_BYTES) poller_until(now_ms());
    wait_for(session);
}

void sessions_prepare(void) {
    for (int at = 0; at < SESSIONS_MAX; at++) {
        if (sessions[at] != NULL) prepare(sessions[at]);
    }
}

static void sweep_streams(struct session *session) {
    if (!session->is_greeted || session->is_dead) session_end_streams(session);
    for (int at = 0; at < STREAMS_MAX; at++) {
        struct stream *stream = session->streams[at];
        if (stream == NULL || !stream->is_over) continue;
        stream_free(stream);
        session->streams[at] = NULL;
        session->stream_count--;
    }
}

void sessions_sweep(void) {
    for (int at = 0; at < SESSIONS_MAX; at++) {
        struct session *session = sessions[at];
        if (session == NULL) continue;
        if (session->stream_count > 0) sweep_streams(session);
        if (!session->is_dead) continue;
        close(session->in_fd);
        if (session->out_fd != session->in_fd) close(session->out_fd);
        bytes_free(&session->in);
        bytes_free(&session->out);
        free(session);
        sessions[at] = NULL;
    }
}

bool sessions_have_sent(void) {
    for (int at = 0; at < SESSIONS_MAX; at++) {
        if (sessions[at] != NULL && !sessions[at]->is_dead && sessions[at]->out.length > 0) return false;
    }
    return true;
}

bool sessions_are_gone(void) {
    for (int at = 0; at < SESSIONS_MAX; at++) {
        if (sessions[at] != NULL) return false;
    }
    return true;
}

void sessions_close_all(void) {
    for (int at = 0; at < SESSIONS_MAX; at++) {
        if (sessions[at] == NULL) continue;
        close(sessions[at]->in_fd);
        if (sessions[at]->out_fd != sessions[at]->in_fd) close(sessions[at]->out_fd);
    }
}
