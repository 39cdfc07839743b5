/* The last bytes of an endless output, by their offset since its start. */
#ifndef RING_H
#define RING_H

#include <stddef.h>
#include <stdint.h>

struct ring {
    uint8_t *data;
    size_t size;
    uint64_t end; /* bytes that ever came */
};

/* The offset of the oldest byte that is kept. */
uint64_t ring_first(const struct ring *ring);
/* Where up to `*count` bytes may be written in one piece; the oldest are overwritten. */
uint8_t *ring_space(struct ring *ring, size_t *count);
void ring_advance(struct ring *ring, size_t count);
/* The bytes at `offset` that lie in one piece, `*count` of them. */
const uint8_t *ring_at(const struct ring *ring, uint64_t offset, size_t *count);
void ring_free(struct ring *ring);

#endif
