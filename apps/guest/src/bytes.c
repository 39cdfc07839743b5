#include "bytes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

/* A queue that has run empty keeps no more memory than this. */
#define KEPT_BYTES 131072

static _Noreturn void end_without_memory(void) {
    log_line("out of memory", 0);
    _exit(70);
}

uint8_t *bytes_reserve(struct bytes *bytes, size_t count) {
    if (bytes->start + bytes->length + count <= bytes->capacity) {
        return bytes->data + bytes->start + bytes->length;
    }
    if (bytes->length + count > bytes->capacity) {
        size_t capacity = bytes->capacity < 4096 ? 4096 : bytes->capacity;
        while (capacity < bytes->length + count) capacity *= 2;
        uint8_t *data = malloc(capacity);
        if (data == NULL) end_without_memory();
        if (bytes->length > 0) memcpy(data, bytes->data + bytes->start, bytes->length);
        free(bytes->data);
        bytes->data = data;
        bytes->capacity = capacity;
    } else {
        memmove(bytes->data, bytes->data + bytes->start, bytes->length);
    }
    bytes->start = 0;
    return bytes->data + bytes->length;
}

void bytes_commit(struct bytes *bytes, size_t count) { bytes->length += count; }

void bytes_append(struct bytes *bytes, const void *data, size_t count) {
    if (count == 0) return;
    memcpy(bytes_reserve(bytes, count), data, count);
    bytes->length += count;
}

uint8_t *bytes_head(const struct bytes *bytes) { return bytes->data + bytes->start; }

void bytes_take(struct bytes *bytes, size_t count) {
    bytes->start += count;
    bytes->length -= count;
    if (bytes->length > 0) return;
    bytes->start = 0;
    if (bytes->capacity > KEPT_BYTES) bytes_free(bytes);
}

void bytes_free(struct bytes *bytes) {
    free(bytes->data);
    *bytes = (struct bytes){0};
}

void *must_allocate(size_t count) {
    void *memory = calloc(1, count);
    if (memory == NULL) end_without_memory();
    return memory;
}

char *must_copy_text(const char *text, size_t length) {
    char *copy = must_allocate(length + 1);
    memcpy(copy, text, length);
    return copy;
}

uint64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void random_bytes(void *target, size_t count) {
    uint8_t *at = target;
    while (count > 0) {
        /* Early in a boot the pool may not be ready; names need no secrecy, so do not wait. */
        ssize_t got = getrandom(at, count, GRND_INSECURE);
        if (got < 0 && errno == EINVAL) got = getrandom(at, count, 0);
        if (got <= 0) continue;
        at += got;
        count -= (size_t)got;
    }
}

void log_line(const char *text, int error) {
    char line[256] = "bedplate-guest: ";
    strncat(line, text, 120);
    if (error != 0) {
        strcat(line, ": ");
        strncat(line, strerror(error), 80);
    }
    strcat(line, "\n");
    if (write(STDERR_FILENO, line, strlen(line)) < 0) return;
}
