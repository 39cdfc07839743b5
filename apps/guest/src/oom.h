/* Whether the kernel killed something for want of memory. */
#ifndef OOM_H
#define OOM_H

#include <stdbool.h>

/* Remembers how many were killed so far. */
void oom_begin(void);
/* Whether more were killed since this was last asked. */
bool oom_has_killed(void);

#endif
