#include "sessions-of.h"

#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

/*
 * A number of /proc/PID/stat, `skipped` words behind the state, or -1. The process's name may hold
 * anything, so what follows the last `)` counts.
 */
static pid_t number_of(pid_t pid, int skipped) {
    char path[48], text[1024], number[NUMBER_TEXT_BYTES];
    uint64_t found;
    text_join(path, sizeof path, "/proc/", decimal_of((uint64_t)pid, number), "/stat", NULL);
    if (!read_text(path, text, sizeof text)) return -1;
    const char *rest = strrchr(text, ')');
    if (rest == NULL) return -1;
    rest++;
    skip_words(&rest, 1 + skipped);
    return take_number(&rest, 10, &found) ? (pid_t)found : -1;
}

/* State, then the parent, the process group, the session. */
static pid_t parent_of(pid_t pid) { return number_of(pid, 0); }
static pid_t session_of(pid_t pid) { return number_of(pid, 2); }

static pid_t next_pid(DIR *folder) {
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        int pid = atoi(entry->d_name);
        if (pid > 0) return pid;
    }
    return 0;
}

void signal_session(pid_t session, int number) {
    DIR *folder = opendir("/proc");
    if (folder == NULL) return;
    for (pid_t pid; (pid = next_pid(folder)) != 0;) {
        if (session_of(pid) == session) kill(pid, number);
    }
    closedir(folder);
}

static unsigned int each_child(int number, bool (*is_spared)(pid_t session)) {
    DIR *folder = opendir("/proc");
    unsigned int count = 0;
    if (folder == NULL) return 0;
    for (pid_t pid; (pid = next_pid(folder)) != 0;) {
        if (parent_of(pid) != getpid()) continue;
        count++;
        if (number != 0 && (is_spared == NULL || !is_spared(session_of(pid)))) kill(pid, number);
    }
    closedir(folder);
    return count;
}

unsigned int signal_children(int number) { return each_child(number, NULL); }

void signal_strays(int number, bool (*is_known)(pid_t session)) { each_child(number, is_known); }

unsigned int count_processes(void) {
    DIR *folder = opendir("/proc");
    unsigned int count = 0;
    if (folder == NULL) return 0;
    while (next_pid(folder) != 0) count++;
    closedir(folder);
    return count;
}
