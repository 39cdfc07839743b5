#define _GNU_SOURCE
#include "warden.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

// All that is ever told to one warden; words point into it.
enum { WORDS_BYTES = 262144 };

static char told[WORDS_BYTES];
static size_t got, at;

static bool read_more(void) {
  if (got == WORDS_BYTES) fail_text("too many words");
  ssize_t count = read(STDIN_FILENO, told + got, WORDS_BYTES - got);
  if (count < 0 && errno == EINTR) return true;
  if (count < 0) fail("read", "the orders");
  got += (size_t)count;
  return count > 0;
}

char *next_word(void) {
  for (;;) {
    char *end = memchr(told + at, 0, got - at);
    if (end != NULL) {
      char *word = told + at;
      at = (size_t)(end - told) + 1;
      return word;
    }
    if (!read_more()) return NULL;
  }
}
