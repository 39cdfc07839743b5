/*
 * One operation that a host asked for, from its OPEN to its END. The class of a stream says what it
 * does; this part keeps the frames in order and within the credit that the host gave.
 */
#ifndef STREAM_H
#define STREAM_H

#include "fields.h"

struct session;
struct stream;

struct stream_class {
    /* Called in every turn of the loop: sends what may be sent, and says what to wait for. */
    void (*prepare)(struct stream *stream);
    /* Lets go of `state`; called once, after the end as well as after a cancel or a lost connection. */
    void (*close)(struct stream *stream);
    /* Whether the host may send bytes. */
    bool takes_input;
    /* Begins to give the operation up; `prepare` ends the stream when that is done. NULL: it ends at once. */
    void (*cancel)(struct stream *stream);
};

struct stream {
    struct session *session;
    uint32_t id;
    const struct stream_class *class;
    void *state;
    int64_t credit[CHANNELS];
    struct bytes input;
    uint32_t uncredited;
    bool has_input_ended, is_answered, is_over;
};

/* Whether there is credit on the channel and room in the connection. */
bool stream_may_send(struct stream *stream, enum channel channel);
void stream_send(struct stream *stream, enum channel channel, const void *data, size_t length);
void stream_send_eof(struct stream *stream, enum channel channel);
void stream_send_item(struct stream *stream, const void *fields, size_t length);
void stream_answer(struct stream *stream, const struct bytes *fields);
/* The last frame of the stream; `more` are fields besides the code, or NULL. */
void stream_end(struct stream *stream, enum code code, const struct bytes *more);
/* Ends the stream for an errno of the system, negative or not. */
void stream_fail(struct stream *stream, int error);
/* Says that `count` bytes at the head of `input` are used up, and gives the host credit for them. */
void stream_took(struct stream *stream, size_t count);
void stream_free(struct stream *stream);

/* What an errno means to the host. */
enum code code_of_error(int error);

#endif
