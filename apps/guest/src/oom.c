#include "oom.h"

#include <stdio.h>
#include <string.h>

#include "session.h"

static unsigned long long known;

static bool count_in(const char *path, unsigned long long *count) {
    FILE *file = fopen(path, "re");
    if (file == NULL) return false;
    char name[64];
    unsigned long long value;
    bool is_found = false;
    while (!is_found && fscanf(file, "%63s %llu", name, &value) == 2) {
        is_found = strcmp(name, "oom_kill") == 0;
    }
    fclose(file);
    if (is_found) *count = value;
    return is_found;
}

/* A control group counts its own; the whole kernel's count is this machine's only in a machine with its own kernel. */
static unsigned long long count_killed(void) {
    unsigned long long count = 0;
    if (count_in("/sys/fs/cgroup/memory.events", &count)) return count;
    if (count_in("/sys/fs/cgroup/memory/memory.oom_control", &count)) return count;
    if (identity.is_init && count_in("/proc/vmstat", &count)) return count;
    return 0;
}

void oom_begin(void) { known = count_killed(); }

bool oom_has_killed(void) {
    unsigned long long count = count_killed();
    bool has_grown = count > known;
    known = count;
    return has_grown;
}
