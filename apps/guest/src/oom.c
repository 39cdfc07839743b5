#include "oom.h"

#include "session.h"
#include "text.h"

static uint64_t known;

static bool count_in(const char *path, uint64_t *count) {
    static char text[16384];
    return read_text(path, text, sizeof text) && number_in(text, "oom_kill", count);
}

/* A control group counts its own; the whole kernel's count is this machine's only in a machine with its own kernel. */
static uint64_t count_killed(void) {
    uint64_t count = 0;
    if (count_in("/sys/fs/cgroup/memory.events", &count)) return count;
    if (count_in("/sys/fs/cgroup/memory/memory.oom_control", &count)) return count;
    if (identity.is_init && count_in("/proc/vmstat", &count)) return count;
    return 0;
}

void oom_begin(void) { known = count_killed(); }

bool oom_has_killed(void) {
    uint64_t count = count_killed();
    bool has_grown = count > known;
    known = count;
    return has_grown;
}
