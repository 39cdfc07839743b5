/* Takes frames off a connection. Nothing before the greeting is believed, and no length is trusted. */
#include <stdlib.h>
#include <string.h>

#include "session.h"

struct frame {
    unsigned int kind, channel;
    uint32_t stream, length;
    const uint8_t *body;
};

static struct stream **find(struct session *session, uint32_t id) {
    for (int at = 0; at < STREAMS_MAX; at++) {
        struct stream *stream = session->streams[at];
        if (stream != NULL && !stream->is_over && stream->id == id) return &session->streams[at];
    }
    return NULL;
}

static struct stream *add_stream(struct session *session, uint32_t id) {
    if (session->stream_count >= STREAMS_MAX) return NULL;
    struct stream **place = session->streams;
    while (*place != NULL) place++;
    struct stream *stream = must_allocate(sizeof *stream);
    stream->session = session;
    stream->id = id;
    *place = stream;
    session->stream_count++;
    return stream;
}

static void open_stream(struct session *session, const struct frame *frame) {
    struct fields request = {frame->body, frame->length};
    if (frame->stream == 0 || find(session, frame->stream) != NULL || !fields_are_whole(request)) {
        return session_bye(session, CODE_PROTOCOL);
    }
    struct stream *stream = add_stream(session, frame->stream);
    if (stream == NULL) return session_bye(session, CODE_LIMIT);
    uint64_t window = field_number(request, TAG_WINDOW, 0);
    for (int channel = 0; channel < CHANNELS; channel++) {
        stream->credit[channel] = window > CREDIT_MAX ? CREDIT_MAX : (int64_t)window;
    }
    operation_begin(stream, request);
}

static void take_data(struct session *session, const struct frame *frame) {
    struct stream **place = find(session, frame->stream);
    /* The stream may have ended while these bytes were on their way. */
    if (place == NULL) return;
    struct stream *stream = *place;
    bool is_allowed = stream->class->takes_input && frame->channel == CHANNEL_INPUT;
    if (!is_allowed || stream->has_input_ended) return session_bye(session, CODE_PROTOCOL);
    if (stream->input.length + stream->uncredited >= INPUT_WINDOW_BYTES) {
        return session_bye(session, CODE_PROTOCOL);
    }
    bytes_append(&stream->input, frame->body, frame->length);
}

static void take_eof(struct session *session, const struct frame *frame) {
    struct stream **place = find(session, frame->stream);
    if (place != NULL) (*place)->has_input_ended = true;
}

static void take_credit(struct session *session, const struct frame *frame) {
    if (frame->length != 4 || frame->channel >= CHANNELS) return session_bye(session, CODE_PROTOCOL);
    struct stream **place = find(session, frame->stream);
    if (place == NULL) return;
    int64_t *credit = &(*place)->credit[frame->channel];
    *credit += read_u32(frame->body);
    if (*credit > CREDIT_MAX) *credit = CREDIT_MAX;
}

static void cancel_stream(struct session *session, const struct frame *frame) {
    struct stream **place = find(session, frame->stream);
    if (place == NULL) return;
    struct stream *stream = *place;
    if (stream->class->cancel != NULL) stream->class->cancel(stream);
    else stream_end(stream, CODE_CANCELLED, NULL);
}

static void answer_ping(struct session *session, const struct frame *frame) {
    if (frame->length != 8) return session_bye(session, CODE_PROTOCOL);
    memcpy(session_reserve(session, 8), frame->body, 8);
    session_frame(session, FRAME_PONG, 0, 8);
}

/* Takes as long whatever the difference is. */
static bool is_same_token(const struct field *token) {
    if (token->length != identity.token_bytes) return false;
    volatile uint8_t difference = 0;
    for (size_t at = 0; at < identity.token_bytes; at++) {
        difference |= (uint8_t)(token->value[at] ^ identity.token[at]);
    }
    return difference == 0;
}

static void send_welcome(struct session *session, const struct field *nonce) {
    static const char *const features[] = {"exec", "pty",     "files",   "watch", "archive",
                                           "forward", "metrics", "reseed", "shutdown"};
    struct bytes fields = {0};
    put_number(&fields, TAG_VERSION, PROTOCOL_VERSION);
    put_block(&fields, TAG_NONCE, nonce->value, nonce->length);
    put_block(&fields, TAG_INSTANCE, identity.instance, sizeof identity.instance);
    put_number(&fields, TAG_WINDOW, INPUT_WINDOW_BYTES);
    put_number(&fields, TAG_STREAMS_MAX, STREAMS_MAX);
    for (size_t at = 0; at < sizeof features / sizeof *features; at++) {
        put_text(&fields, TAG_FEATURE, features[at]);
    }
    if (identity.is_init) put_text(&fields, TAG_FEATURE, "init");
    uint8_t *at = session_reserve(session, PROTOCOL_MAGIC_BYTES + fields.length);
    memcpy(at, PROTOCOL_MAGIC, PROTOCOL_MAGIC_BYTES);
    memcpy(at + PROTOCOL_MAGIC_BYTES, bytes_head(&fields), fields.length);
    session_frame(session, FRAME_WELCOME, 0, PROTOCOL_MAGIC_BYTES + fields.length);
    bytes_free(&fields);
}

static void greet(struct session *session, const struct frame *frame) {
    struct fields hello = {frame->body + PROTOCOL_MAGIC_BYTES, frame->length - PROTOCOL_MAGIC_BYTES};
    struct field token = {0}, nonce;
    bool is_whole = frame->length >= PROTOCOL_MAGIC_BYTES &&
                    memcmp(frame->body, PROTOCOL_MAGIC, PROTOCOL_MAGIC_BYTES) == 0 &&
                    fields_are_whole(hello) && field_find(hello, TAG_NONCE, &nonce) &&
                    nonce.length == NONCE_BYTES;
    session_end_streams(session);
    session->is_greeted = false;
    if (!is_whole) return session_bye(session, CODE_PROTOCOL);
    field_find(hello, TAG_TOKEN, &token);
    if (identity.token_bytes > 0 && !is_same_token(&token)) return session_bye(session, CODE_DENIED);
    uint64_t least = field_number(hello, TAG_VERSION_MIN, 0);
    uint64_t most = field_number(hello, TAG_VERSION_MAX, 0);
    if (least > PROTOCOL_VERSION || most < PROTOCOL_VERSION) return session_bye(session, CODE_VERSION);
    session->is_greeted = true;
    session->is_hunting = false;
    send_welcome(session, &nonce);
}

static void obey(struct session *session, const struct frame *frame) {
    switch (frame->kind) {
    case FRAME_HELLO: return greet(session, frame);
    case FRAME_OPEN: return open_stream(session, frame);
    case FRAME_DATA: return take_data(session, frame);
    case FRAME_EOF: return take_eof(session, frame);
    case FRAME_CREDIT: return take_credit(session, frame);
    case FRAME_CANCEL: return cancel_stream(session, frame);
    case FRAME_PING: return answer_ping(session, frame);
    case FRAME_BYE:
        session_end_streams(session);
        session->is_greeted = false;
        if (session->is_device) session->is_hunting = true;
        else session->is_ending = true;
        return;
    default: return session_bye(session, CODE_PROTOCOL);
    }
}

static bool is_allowed(const struct session *session, const struct frame *frame) {
    if (frame->kind == FRAME_HELLO) return frame->length <= HELLO_BYTES_MAX && frame->stream == 0;
    if (!session->is_greeted) return false;
    return frame->length <= (frame->kind == FRAME_OPEN ? OPEN_BYTES_MAX : DATA_BYTES_MAX);
}

/* Drops bytes up to something that looks like a greeting: what a lost host left unfinished. */
static bool hunt(struct session *session) {
    struct bytes *in = &session->in;
    while (in->length >= HEADER_BYTES + PROTOCOL_MAGIC_BYTES) {
        const uint8_t *at = bytes_head(in);
        bool is_greeting = at[0] == FRAME_HELLO && read_u24(at + 1) <= HELLO_BYTES_MAX &&
                           memcmp(at + HEADER_BYTES, PROTOCOL_MAGIC, PROTOCOL_MAGIC_BYTES) == 0;
        if (is_greeting) return true;
        bytes_take(in, 1);
    }
    return false;
}

/* Zeros between frames mean nothing: a new host sends them to end what an earlier one left. */
static void skip_filler(struct bytes *in) {
    size_t zeros = 0;
    while (zeros < in->length && bytes_head(in)[zeros] == 0) zeros++;
    if (zeros > 0) bytes_take(in, zeros);
}

void frames_consume(struct session *session) {
    struct bytes *in = &session->in;
    while (!session->is_ending && !session->is_dead && session->out.length < OUT_STOP_BYTES) {
        if (session->is_hunting && !hunt(session)) return;
        skip_filler(in);
        if (in->length < HEADER_BYTES) return;
        const uint8_t *head = bytes_head(in);
        struct frame frame = {.kind = head[0] & 31u, .channel = head[0] >> 5,
                              .stream = read_u32(head + 4), .length = read_u24(head + 1),
                              .body = head + HEADER_BYTES};
        if (!is_allowed(session, &frame)) {
            session_bye(session, session->is_greeted ? CODE_PROTOCOL : CODE_DENIED);
            bytes_take(in, session->is_device ? 1 : in->length);
            continue;
        }
        if (in->length < HEADER_BYTES + frame.length) return;
        obey(session, &frame);
        bytes_take(in, HEADER_BYTES + frame.length);
    }
}
