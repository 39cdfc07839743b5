/* The operations that run as jobs. Each gives 0 or an errno; op-*.c have them. */
#ifndef OP_H
#define OP_H

#include "job.h"
#include "path.h"

int op_stat(struct fields request, struct bytes *more);
int op_list(struct fields request, struct bytes *more);
int op_read(struct fields request, struct bytes *more);
int op_write(struct fields request, struct bytes *more);
int op_mkdir(struct fields request, struct bytes *more);
int op_rename(struct fields request, struct bytes *more);
int op_remove(struct fields request, struct bytes *more);
int op_change(struct fields request, struct bytes *more);
int op_symlink(struct fields request, struct bytes *more);
int op_attributes(struct fields request, struct bytes *more);
int op_set_attribute(struct fields request, struct bytes *more);
int op_watch(struct fields request, struct bytes *more);
int op_pack(struct fields request, struct bytes *more);
int op_unpack(struct fields request, struct bytes *more);
int op_ports(struct fields request, struct bytes *more);
int op_metrics(struct fields request, struct bytes *more);
int op_reseed(struct fields request, struct bytes *more);

/* Writes all of it; 0 or an errno. */
int write_whole(int fd, const uint8_t *data, size_t length);

#endif
