#include "poller.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "bytes.h"

struct wish {
    ready_function ready;
    void *owner;
};

static struct pollfd *descriptors;
static struct wish *wishes;
static nfds_t count, capacity;
static uint64_t wake_at;

void poller_begin(void) {
    count = 0;
    wake_at = 0;
}

static void grow(void) {
    capacity = capacity == 0 ? 64 : capacity * 2;
    descriptors = realloc(descriptors, capacity * sizeof *descriptors);
    wishes = realloc(wishes, capacity * sizeof *wishes);
    if (descriptors == NULL || wishes == NULL) {
        log_line("out of memory", 0);
        _Exit(70);
    }
}

void poller_want(int fd, short events, ready_function ready, void *owner) {
    if (fd < 0) return;
    if (count == capacity) grow();
    descriptors[count] = (struct pollfd){.fd = fd, .events = events};
    wishes[count] = (struct wish){.ready = ready, .owner = owner};
    count++;
}

void poller_until(uint64_t at) {
    if (at != 0 && (wake_at == 0 || at < wake_at)) wake_at = at;
}

static int timeout_ms(void) {
    if (wake_at == 0) return -1;
    uint64_t now = now_ms();
    if (wake_at <= now) return 0;
    return wake_at - now > 60000 ? 60000 : (int)(wake_at - now);
}

void poller_run(void) {
    int ready = poll(descriptors, count, timeout_ms());
    if (ready < 0 && errno != EINTR) log_line("cannot poll", errno);
    for (nfds_t at = 0; ready > 0 && at < count; at++) {
        if (descriptors[at].revents == 0) continue;
        ready--;
        wishes[at].ready(wishes[at].owner, descriptors[at].revents);
    }
}
