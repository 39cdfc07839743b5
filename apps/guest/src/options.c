#include "options.h"

#include <string.h>
#include <unistd.h>

#include "bytes.h"

struct options options = {.listen = "stdio", .root = "/"};

static const char usage[] =
    "usage: bedplate-guest [--listen WHERE] [--token-file PATH | --no-token] [--root FOLDER]\n"
    "                      [--private-terminals] [--init]\n"
    "  WHERE: stdio, unix:PATH, fd:NUMBER, vsock:PORT, device:PATH, virtio:NAME\n"
    "  The token is in the file, in BEDPLATE_GUEST_TOKEN, or, with --init, on the kernel's\n"
    "  command line as bedplate.token=.\n";

static _Noreturn void explain(const char *what) {
    log_line(what, 0);
    if (write(STDERR_FILENO, usage, sizeof usage - 1) < 0) _exit(70);
    _exit(64);
}

static const char *value_of(int count, char **arguments, int *at) {
    if (*at + 1 >= count) explain("an option lacks its value");
    return arguments[++*at];
}

void options_read(int count, char **arguments) {
    for (int at = 1; at < count; at++) {
        const char *name = arguments[at];
        if (strcmp(name, "--listen") == 0) options.listen = value_of(count, arguments, &at);
        else if (strcmp(name, "--root") == 0) options.root = value_of(count, arguments, &at);
        else if (strcmp(name, "--token-file") == 0) options.token_file = value_of(count, arguments, &at);
        else if (strcmp(name, "--no-token") == 0) options.has_no_token = true;
        else if (strcmp(name, "--private-terminals") == 0) options.has_private_terminals = true;
        else if (strcmp(name, "--init") == 0) options.is_init = true;
        else if (!options.is_init) explain("an option is unknown");
    }
}
