#include "stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "session.h"

/* Credit is given back in parts of the window that are big enough to cost little. */
#define CREDIT_STEP_BYTES (INPUT_WINDOW_BYTES / 4)

bool stream_may_send(struct stream *stream, enum channel channel) {
    if (stream->is_over || stream->credit[channel] <= 0) return false;
    if (session_has_room(stream->session)) return true;
    stream->session->was_full = true;
    return false;
}

static void send_frame(struct stream *stream, unsigned int kind, const void *data, size_t length) {
    uint8_t *at = session_reserve(stream->session, length);
    if (length > 0) memcpy(at, data, length);
    session_frame(stream->session, kind, stream->id, length);
}

void stream_send(struct stream *stream, enum channel channel, const void *data, size_t length) {
    stream->credit[channel] -= (int64_t)length;
    send_frame(stream, FRAME_DATA | (unsigned int)channel << 5, data, length);
}

void stream_send_eof(struct stream *stream, enum channel channel) {
    send_frame(stream, FRAME_EOF | (unsigned int)channel << 5, NULL, 0);
}

void stream_send_item(struct stream *stream, const void *fields, size_t length) {
    stream->credit[CHANNEL_ITEMS] -= (int64_t)length;
    send_frame(stream, FRAME_ITEM | CHANNEL_ITEMS << 5, fields, length);
}

void stream_answer(struct stream *stream, const struct bytes *fields) {
    if (stream->is_answered || stream->is_over) return;
    stream->is_answered = true;
    send_frame(stream, FRAME_ANSWER, bytes_head(fields), fields->length);
}

static void end_with(struct stream *stream, enum code code, int error, const struct bytes *more) {
    if (stream->is_over) return;
    stream->is_over = true;
    struct bytes fields = {0};
    put_number(&fields, TAG_CODE, code);
    if (error != 0) put_number(&fields, TAG_ERRNO, (uint64_t)error);
    if (more != NULL) bytes_append(&fields, bytes_head(more), more->length);
    send_frame(stream, FRAME_END, bytes_head(&fields), fields.length);
    bytes_free(&fields);
}

void stream_end(struct stream *stream, enum code code, const struct bytes *more) {
    end_with(stream, code, 0, more);
}

void stream_fail(struct stream *stream, int error) {
    error = error < 0 ? -error : error;
    end_with(stream, code_of_error(error), error, NULL);
}

void stream_took(struct stream *stream, size_t count) {
    bytes_take(&stream->input, count);
    stream->uncredited += (uint32_t)count;
    if (stream->uncredited < CREDIT_STEP_BYTES || stream->has_input_ended || stream->is_over) return;
    uint8_t amount[4];
    write_u32(amount, stream->uncredited);
    stream->uncredited = 0;
    send_frame(stream, FRAME_CREDIT, amount, sizeof amount);
}

void stream_free(struct stream *stream) {
    if (stream->class != NULL) stream->class->close(stream);
    bytes_free(&stream->input);
    free(stream);
}

enum code code_of_error(int error) {
    switch (error < 0 ? -error : error) {
    case 0: return CODE_OK;
    case EINVAL: case ENAMETOOLONG: case EBADF: case ERANGE: return CODE_INVALID;
    case ENOENT: case ESRCH: case ENODATA: case ENXIO: return CODE_MISSING;
    case EEXIST: return CODE_EXISTS;
    case EPERM: case EACCES: case EROFS: return CODE_DENIED;
    case ENOTDIR: return CODE_NOT_FOLDER;
    case EISDIR: return CODE_IS_FOLDER;
    case ENOTEMPTY: return CODE_NOT_EMPTY;
    case ENOSPC: case EDQUOT: return CODE_NO_SPACE;
    case EFBIG: case E2BIG: return CODE_TOO_LARGE;
    case EOPNOTSUPP: case ENOSYS: case ENOTTY: return CODE_UNSUPPORTED;
    case EBUSY: case ETXTBSY: case EAGAIN: return CODE_BUSY;
    case ELOOP: case EXDEV: return CODE_OUTSIDE;
    case ECANCELED: return CODE_CANCELLED;
    case EMFILE: case ENFILE: case ENOMEM: case EMLINK: return CODE_LIMIT;
    case ECONNREFUSED: case ECONNRESET: case EHOSTUNREACH: case ENETUNREACH: return CODE_REFUSED;
    case ETIMEDOUT: return CODE_TIMEOUT;
    default: return CODE_IO;
    }
}
