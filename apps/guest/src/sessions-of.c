#include "sessions-of.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The session of a process, or -1; its name may hold anything, so what follows the last `)` counts. */
static pid_t session_of(pid_t pid) {
    char path[32], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    ssize_t got = read(fd, text, sizeof text - 1);
    close(fd);
    if (got <= 0) return -1;
    text[got] = 0;
    const char *rest = strrchr(text, ')');
    int session;
    if (rest == NULL || sscanf(rest + 1, " %*c %*d %*d %d", &session) != 1) return -1;
    return session;
}

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

unsigned int count_processes(void) {
    DIR *folder = opendir("/proc");
    unsigned int count = 0;
    if (folder == NULL) return 0;
    while (next_pid(folder) != 0) count++;
    closedir(folder);
    return count;
}
