/* Where hosts come from: standard input and output, a socket, or a device. */
#ifndef TRANSPORT_H
#define TRANSPORT_H

#include <stdbool.h>

/* Opens what `where` names; 0 or an errno. */
int transport_open(const char *where);
/* Waits for the next host, where several may come. */
void transport_prepare(void);
/* Whether no host can come any more. */
bool transport_is_over(void);
void transport_close(void);

#endif
