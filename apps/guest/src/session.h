/* One connection with a host: the greeting, the frames, and the streams that are open on it. */
#ifndef SESSION_H
#define SESSION_H

#include "stream.h"

#define SESSIONS_MAX 8
#define STREAMS_MAX 256
/* Streams send no more than this ahead of what the connection takes. */
#define OUT_ROOM_BYTES 262144
/* Beyond this no more is read either, so that answers cannot pile up. */
#define OUT_STOP_BYTES 524288
#define GREETING_MS 10000

struct session {
    int in_fd, out_fd;
    /* A device outlives the host that speaks through it: it is never closed, and searched for a greeting. */
    bool is_device, is_greeted, is_hunting, is_ending, is_dead, was_full;
    struct bytes in, out;
    struct stream *streams[STREAMS_MAX];
    unsigned int stream_count, turn;
    uint64_t greet_until, retry_at;
};

/* The agent's identity and what the host has to know; set once. */
struct identity {
    uint8_t token[TOKEN_BYTES_MAX];
    size_t token_bytes;
    uint8_t instance[NONCE_BYTES];
    bool is_init;
};
extern struct identity identity;

/* Begins a session on two descriptors, which it owns; NULL when there are too many. */
struct session *session_open(int in_fd, int out_fd, bool is_device);
/* One turn of every session: streams first, then the connection. */
void sessions_prepare(void);
/* Frees what ended in this turn. */
void sessions_sweep(void);
bool sessions_are_gone(void);
/* Whether nothing waits to be sent. */
bool sessions_have_sent(void);
/* Closes what holds connections in a child process. */
void sessions_close_all(void);

/* Room for a frame's header and `count` bytes behind it; `session_frame` completes it. */
uint8_t *session_reserve(struct session *session, size_t count);
void session_frame(struct session *session, unsigned int kind, uint32_t stream, size_t length);
bool session_has_room(struct session *session);
/* Ends the session with a reason; a device begins anew. */
void session_bye(struct session *session, enum code code);

/* Reads and obeys whole frames that have arrived; see frames.c. */
void frames_consume(struct session *session);
/* Marks every stream as over, without a word to the host; the sweep frees them. */
void session_end_streams(struct session *session);
/* Begins what an OPEN asks for: sets class and state, or ends the stream; see operations.c. */
void operation_begin(struct stream *stream, struct fields request);

#endif
