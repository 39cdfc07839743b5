/* From an OPEN to a running program: the part of it that happens around fork and exec. */
#ifndef SPAWN_H
#define SPAWN_H

#include <sys/types.h>

#include "fields.h"

struct spawn {
    char **argv, **env;
    char cwd[4096], user[128];
    bool has_cwd, is_pty, has_input;
    unsigned int columns, rows;
};

/* What the parent holds afterwards; unused descriptors are -1. */
struct spawned {
    pid_t pid;
    int input, output, error, start;
};

/* Reads a request; 0 or an errno. `spawn_free` releases it in both cases. */
int spawn_read(struct spawn *spawn, struct fields request);
void spawn_free(struct spawn *spawn);
/* Forks; an error of the child arrives on `spawned->start` as an int, success as its end. */
int spawn_run(const struct spawn *spawn, struct spawned *spawned);

/* A pseudo terminal of the machine's own; `*terminal` is the program's side. 0 or an errno. */
int pty_open(int *master, int *terminal);
int pty_resize(int master, unsigned int columns, unsigned int rows);
/* Makes the kernel refuse to push characters into a terminal, for this process and its children. */
void deny_terminal_injection(void);
void restore_signals(void);

#endif
