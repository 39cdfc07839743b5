#define _GNU_SOURCE
#include "warden.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Noreturn void fail_text(const char *text) {
  dprintf(STDOUT_FILENO, "failed %s\n", text);
  _exit(1);
}

_Noreturn void fail(const char *verb, const char *what) {
  char text[TEXT_MAX * 2];
  snprintf(text, sizeof text, "cannot %s %s: %s", verb, what, strerror(errno));
  fail_text(text);
}
