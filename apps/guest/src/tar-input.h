/* Reads a tar archive from the job's input. What is no archive ends the job. */
#ifndef TAR_INPUT_H
#define TAR_INPUT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "path.h"

struct tar_entry {
    char path[PATH_BYTES], link[PATH_BYTES];
    char type;
    uint32_t mode;
    uid_t uid;
    gid_t gid;
    int64_t mtime;
    uint64_t size, left;
};

/* Files may hold so many bytes together. */
void tar_limit(uint64_t bytes);
/* The next entry; false at the archive's end. */
bool tar_next(struct tar_entry *entry);
/* The next part of the entry's file; 0 at its end. */
size_t tar_data(struct tar_entry *entry, const uint8_t **data);
/* Leaves what was not read of the entry behind. */
void tar_skip(struct tar_entry *entry);
/* Takes what comes behind the archive's end. */
void tar_drain(void);

#endif
