/* What the first process of a machine has to do before anything else. */
#ifndef INIT_H
#define INIT_H

#include <stdbool.h>
#include <stddef.h>

/* Mounts what is missing, brings the loopback up, opens the standard descriptors. */
void init_machine(void);
/* A value of the kernel's command line; false when it is absent. */
bool init_parameter(const char *name, char *value, size_t size);

#endif
