#include "text.h"

#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

bool text_join(char *target, size_t size, ...) {
    size_t length = 0;
    bool fits = true;
    va_list parts;
    va_start(parts, size);
    for (const char *part; fits && (part = va_arg(parts, const char *)) != NULL;) {
        size_t count = strlen(part);
        fits = length + count < size;
        if (fits) memcpy(target + length, part, count);
        length += count;
    }
    va_end(parts);
    target[fits ? length : 0] = 0;
    return fits;
}

const char *decimal_of(uint64_t value, char buffer[NUMBER_TEXT_BYTES]) {
    size_t digits = 1;
    for (uint64_t rest = value; rest >= 10; rest /= 10) digits++;
    put_digits(buffer, digits, value, 10);
    return buffer;
}

void put_digits(char *target, size_t digits, uint64_t value, unsigned int base) {
    target[digits] = 0;
    while (digits > 0) {
        target[--digits] = "0123456789abcdef"[value % base];
        value /= base;
    }
}

void text_copy(char *target, size_t size, const char *text) {
    size_t length = strnlen(text, size - 1);
    memcpy(target, text, length);
    target[length] = 0;
}

static unsigned int digit_of(char sign) {
    if (sign >= '0' && sign <= '9') return (unsigned int)(sign - '0');
    if (sign >= 'a' && sign <= 'f') return (unsigned int)(sign - 'a') + 10;
    if (sign >= 'A' && sign <= 'F') return (unsigned int)(sign - 'A') + 10;
    return 255;
}

bool take_number(const char **at, unsigned int base, uint64_t *value) {
    const char *text = *at;
    while (*text == ' ' || *text == '\t') text++;
    const char *start = text;
    *value = 0;
    for (; digit_of(*text) < base; text++) {
        if (*value > UINT64_MAX / base - 1) return false;
        *value = *value * base + digit_of(*text);
    }
    *at = text;
    return text != start;
}

void skip_words(const char **at, int count) {
    const char *text = *at;
    while (count-- > 0) {
        while (*text == ' ' || *text == '\t') text++;
        while (*text != 0 && *text != ' ' && *text != '\t') text++;
    }
    *at = text;
}

bool read_text(const char *path, char *text, size_t size) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t length = 0;
    if (fd < 0) return false;
    ssize_t got = 1;
    while (length < size - 1 && (got = read(fd, text + length, size - 1 - length)) > 0) {
        length += (size_t)got;
    }
    close(fd);
    text[length] = 0;
    return got >= 0;
}

bool number_in(const char *text, const char *name, uint64_t *value) {
    size_t length = strlen(name);
    for (const char *line = text; line != NULL && *line != 0;) {
        const char *next = strchr(line, '\n');
        if (strncmp(line, name, length) == 0) {
            const char *rest = line + length;
            if (*rest == ':') rest++;
            bool is_whole_name = *rest == ' ' || *rest == '\t';
            if (is_whole_name && take_number(&rest, 10, value)) return true;
        }
        line = next == NULL ? NULL : next + 1;
    }
    return false;
}
