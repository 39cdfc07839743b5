#include "ring.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "bytes.h"

uint64_t ring_first(const struct ring *ring) {
    return ring->end > ring->size ? ring->end - ring->size : 0;
}

/* Fresh pages come as they are touched: a process that prints nothing holds no memory. */
static void ring_allocate(struct ring *ring) {
    void *data = mmap(NULL, ring->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (data == MAP_FAILED) {
        log_line("out of memory", 0);
        _Exit(70);
    }
    ring->data = data;
}

uint8_t *ring_space(struct ring *ring, size_t *count) {
    if (ring->data == NULL) ring_allocate(ring);
    size_t at = (size_t)(ring->end % ring->size);
    if (*count > ring->size - at) *count = ring->size - at;
    return ring->data + at;
}

void ring_advance(struct ring *ring, size_t count) { ring->end += count; }

const uint8_t *ring_at(const struct ring *ring, uint64_t offset, size_t *count) {
    size_t at = (size_t)(offset % ring->size);
    size_t there = (size_t)(ring->end - offset);
    *count = there < ring->size - at ? there : ring->size - at;
    return ring->data + at;
}

void ring_free(struct ring *ring) {
    if (ring->data != NULL) munmap(ring->data, ring->size);
    ring->data = NULL;
}
