/*
 * Paths of the machine. Each is resolved by the kernel inside the root (openat2), so that neither `..`
 * nor a symbolic link, even one that changes meanwhile, leads out of it. Without openat2 nothing is opened.
 */
#ifndef PATH_H
#define PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "fields.h"

#define PATH_BYTES 4096
#define NAME_BYTES 256
/* The descriptor of the root, in the agent and in each job. */
#define ROOT_FD 3

/* A name in an open folder. */
struct place {
    int folder;
    char name[NAME_BYTES];
};

/* Opens the root as ROOT_FD; 0 or an errno. */
int root_open(const char *path);
/* A descriptor, or a negative errno. */
int path_open(const char *path, int flags, mode_t mode);
/* Opens what lies below an open folder, through no link at all; a descriptor, or a negative errno. */
int path_open_below(int folder, const char *path, int flags);
/* Finds the folder that holds the last name of `path`; 0 or a negative errno. The root has none. */
int path_place(const char *path, struct place *place);
/* The same, following the last name while it is a symbolic link. */
int path_final_place(const char *path, struct place *place);
/* Makes the missing folders of `path`, all of them or without the last name; 0 or a negative errno. */
int path_make_folders(const char *path, bool with_last, mode_t mode);
/* The path under a tag, as a NUL-ended text of at most PATH_BYTES; 0 or a negative errno. */
int path_of(struct fields request, enum tag tag, char *path);

#endif
