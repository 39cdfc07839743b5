/* Texts of numbers and back. The C library's own way would make half of the program. */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NUMBER_TEXT_BYTES 24

/* Puts texts one behind another, up to a NULL; false, and an empty text, when they do not fit. */
bool text_join(char *target, size_t size, ...) __attribute__((sentinel));
/* The digits of a number; gives `buffer` back. */
const char *decimal_of(uint64_t value, char buffer[NUMBER_TEXT_BYTES]);
/* Puts `digits` digits and a NUL. */
void put_digits(char *target, size_t digits, uint64_t value, unsigned int base);
/* Copies what fits. */
void text_copy(char *target, size_t size, const char *text);
/* Passes spaces over and reads digits; false when there are none or too many. */
bool take_number(const char **at, unsigned int base, uint64_t *value);
/* Passes over `count` words. */
void skip_words(const char **at, int count);
/* Reads a whole short file; false when it cannot. */
bool read_text(const char *path, char *text, size_t size);
/* The number in a line of "name number" or "name: number". */
bool number_in(const char *text, const char *name, uint64_t *value);

#endif
