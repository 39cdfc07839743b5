/* A connection with a port, or a socket, inside the machine. */
#ifndef FORWARD_H
#define FORWARD_H

#include "stream.h"

void begin_forward(struct stream *stream, struct fields request);

#endif
