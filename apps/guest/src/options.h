/* What the agent was started with. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>

struct options {
    const char *listen, *root, *token_file;
    bool is_init, has_private_terminals, has_no_token;
};
extern struct options options;

/* Reads the command line; ends the program with a message when it is wrong. */
void options_read(int count, char **arguments);

#endif
