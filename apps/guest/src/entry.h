/* How a file is told to the host. */
#ifndef ENTRY_H
#define ENTRY_H

#include <sys/stat.h>

#include "fields.h"

/* Puts what `stat` says, and the target of a link: `name` in the open folder, or "" for the descriptor itself. */
void put_entry(struct bytes *fields, const struct stat *stat, int folder, const char *name);

#endif
