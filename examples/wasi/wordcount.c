/*
 * Counts lines, words and bytes, of the standard input or of files.
 *
 *   wordcount              counts the standard input
 *   wordcount FILE...      counts each file, and adds a total when there are several
 *   wordcount -t N ...     also lists the N most frequent words, with how often they occur
 *
 * Letters count as lower case. Exit code: 0, or 1 if a file could not be read, or 2 for wrong use.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Words longer than this are counted, but listed only by their beginning. */
#define WORD_BYTES_MAX 64
#define BUCKETS 4096

struct word {
  struct word *next;
  unsigned long count;
  char text[];
};

struct counts {
  unsigned long lines, words, bytes;
};

static struct word *buckets[BUCKETS];
static size_t distinct;

static void remember(const char *text, size_t length) {
  unsigned long hash = 5381;
  for (size_t i = 0; i < length; i++) hash = hash * 33 + (unsigned char)text[i];
  struct word **place = &buckets[hash % BUCKETS];
  for (; *place; place = &(*place)->next) {
    if (strlen((*place)->text) == length && memcmp((*place)->text, text, length) == 0) {
      (*place)->count++;
      return;
    }
  }
  struct word *added = malloc(sizeof *added + length + 1);
  if (!added) {
    fputs("wordcount: out of memory\n", stderr);
    exit(1);
  }
  added->next = NULL;
  added->count = 1;
  memcpy(added->text, text, length);
  added->text[length] = 0;
  *place = added;
  distinct++;
}

static struct counts count(FILE *file, int is_listing) {
  struct counts counts = {0, 0, 0};
  char word[WORD_BYTES_MAX];
  size_t length = 0;
  int is_inside = 0;
  for (int c = getc(file);; c = getc(file)) {
    if (c != EOF) counts.bytes++;
    if (c == '\n') counts.lines++;
    if (c == EOF || isspace(c)) {
      counts.words += is_inside;
      if (is_inside && is_listing) remember(word, length);
      is_inside = 0;
      length = 0;
      if (c == EOF) return counts;
    } else {
      is_inside = 1;
      if (length < sizeof word) word[length++] = (char)tolower(c);
    }
  }
}

/* By hand, because printf would be two thirds of the program. */
static void put_number(unsigned long number) {
  char digits[24];
  size_t at = sizeof digits;
  digits[--at] = 0;
  do digits[--at] = (char)('0' + number % 10); while ((number /= 10) > 0);
  for (size_t width = sizeof digits - 1 - at; width < 8; width++) putchar(' ');
  fputs(digits + at, stdout);
}

static int more_frequent(const void *left, const void *right) {
  const struct word *a = *(struct word *const *)left;
  const struct word *b = *(struct word *const *)right;
  if (a->count != b->count) return a->count < b->count ? 1 : -1;
  return strcmp(a->text, b->text);
}

static void list(size_t most) {
  struct word **all = malloc((distinct + 1) * sizeof *all);
  if (!all) exit(1);
  size_t filled = 0;
  for (size_t i = 0; i < BUCKETS; i++) {
    for (struct word *each = buckets[i]; each; each = each->next) all[filled++] = each;
  }
  qsort(all, filled, sizeof *all, more_frequent);
  for (size_t i = 0; i < filled && i < most; i++) {
    put_number(all[i]->count);
    putchar(' ');
    puts(all[i]->text);
  }
}

static void print(const struct counts *counts, const char *name) {
  put_number(counts->lines);
  putchar(' ');
  put_number(counts->words);
  putchar(' ');
  put_number(counts->bytes);
  if (*name) putchar(' ');
  puts(name);
}

int main(int argc, char **argv) {
  int first = 1, exit_code = 0;
  size_t most = 0;
  if (argc > 1 && strcmp(argv[1], "-t") == 0) {
    most = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
    if (most == 0) {
      fputs("usage: wordcount [-t N] [FILE...]\n", stderr);
      return 2;
    }
    first = 3;
  }
  struct counts total = {0, 0, 0};
  if (first == argc) {
    total = count(stdin, most > 0);
    print(&total, "");
  }
  for (int i = first; i < argc; i++) {
    FILE *file = fopen(argv[i], "r");
    if (!file) {
      fputs("wordcount: ", stderr);
      perror(argv[i]);
      exit_code = 1;
      continue;
    }
    struct counts counts = count(file, most > 0);
    fclose(file);
    print(&counts, argv[i]);
    total.lines += counts.lines;
    total.words += counts.words;
    total.bytes += counts.bytes;
  }
  if (argc - first > 1) print(&total, "total");
  list(most);
  return exit_code;
}
