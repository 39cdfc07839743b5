/* A queue of bytes in one piece of memory; whoever fills it keeps its bound. */
#ifndef BYTES_H
#define BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
    uint8_t *data;
    size_t start, length, capacity;
};

/* Room for `count` bytes behind what is there; `bytes_commit` says how many of them are used. */
uint8_t *bytes_reserve(struct bytes *bytes, size_t count);
void bytes_commit(struct bytes *bytes, size_t count);
void bytes_append(struct bytes *bytes, const void *data, size_t count);
/* The first byte; there are `bytes->length` of them. */
uint8_t *bytes_head(const struct bytes *bytes);
/* Drops `count` bytes at the head; an empty queue gives its memory back. */
void bytes_take(struct bytes *bytes, size_t count);
void bytes_free(struct bytes *bytes);

/* Memory, or the end of the program: a process that cannot have a few KiB has no way on. */
void *must_allocate(size_t count);
char *must_copy_text(const char *text, size_t length);

uint64_t now_ms(void);
void random_bytes(void *target, size_t count);
void log_line(const char *text, int error);

#endif
