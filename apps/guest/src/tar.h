/* The form of a tar archive (POSIX ustar, with pax headers for what does not fit; GNU's long names are read). */
#ifndef TAR_H
#define TAR_H

#include <stdint.h>

#define TAR_BLOCK 512

struct tar_header {
    char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100];
    char magic[6], version[2], user[32], group[32], major[8], minor[8], prefix[155], padding[12];
};

_Static_assert(sizeof(struct tar_header) == TAR_BLOCK, "a header is one block");

uint32_t tar_checksum(const struct tar_header *header);

#endif
