#include "tar-input.h"

#include <stdlib.h>
#include <stddef.h>
#include <string.h>

#include "job.h"
#include "tar.h"

/* Headers before headers (names that are long, pax records) of one entry. */
#define EXTRA_HEADERS_MAX 16
#define EXTRA_BYTES_MAX 65536

static uint8_t block[DATA_BYTES_MAX];
static size_t start, filled;
static bool has_ended;
static uint64_t allowed = UINT64_MAX;

void tar_limit(uint64_t bytes) { allowed = bytes; }

static size_t have(void) {
    if (start == filled && !has_ended) {
        start = 0;
        filled = job_receive(block);
        has_ended = filled == 0;
    }
    return filled - start;
}

static bool take(void *target, size_t length) {
    uint8_t *at = target;
    while (length > 0) {
        size_t there = have();
        if (there == 0) return false;
        if (there > length) there = length;
        memcpy(at, block + start, there);
        start += there;
        at += there;
        length -= there;
    }
    return true;
}

static void must_take(void *target, size_t length) {
    if (!take(target, length)) job_refuse(CODE_BAD_ARCHIVE);
}

static void skip(uint64_t length) {
    while (length > 0) {
        size_t there = have();
        if (there == 0) job_refuse(CODE_BAD_ARCHIVE);
        if (there > length) there = (size_t)length;
        start += there;
        length -= there;
    }
}

static uint64_t padding_of(uint64_t size) { return (TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK; }

/* Octal digits, or, with the highest bit set, a big number as it is. */
static uint64_t number_of(const char *text, size_t size) {
    uint64_t value = 0;
    const uint8_t *at = (const uint8_t *)text;
    if ((at[0] & 0x80) != 0) {
        for (size_t byte = 1; byte < size; byte++) {
            if (value >> 56 != 0) job_refuse(CODE_BAD_ARCHIVE);
            value = value << 8 | at[byte];
        }
        return value;
    }
    for (size_t digit = 0; digit < size && at[digit] != 0; digit++) {
        if (at[digit] == ' ') continue;
        if (at[digit] < '0' || at[digit] > '7' || value >> 60 != 0) job_refuse(CODE_BAD_ARCHIVE);
        value = value << 3 | (uint64_t)(at[digit] - '0');
    }
    return value;
}

static void copy_name(char *target, const char *prefix, const char *name, size_t size) {
    size_t before = strnlen(prefix, 155);
    memcpy(target, prefix, before);
    if (before > 0) target[before++] = '/';
    size_t length = strnlen(name, size);
    memcpy(target + before, name, length);
    target[before + length] = 0;
}

static void read_header(struct tar_entry *entry, const struct tar_header *header) {
    bool is_ustar = memcmp(header->magic, "ustar", 5) == 0;
    /* GNU's own form has other things where the prefix would be. */
    bool has_prefix = is_ustar && header->magic[5] == 0;
    if (tar_checksum(header) != number_of(header->checksum, sizeof header->checksum)) {
        job_refuse(CODE_BAD_ARCHIVE);
    }
    if (entry->path[0] == 0) copy_name(entry->path, has_prefix ? header->prefix : "", header->name, 100);
    if (entry->link[0] == 0) copy_name(entry->link, "", header->link, 100);
    entry->type = header->type;
    entry->mode = (uint32_t)number_of(header->mode, sizeof header->mode) & 07777;
    entry->mtime = (int64_t)(number_of(header->mtime, sizeof header->mtime) & INT64_MAX);
    if (entry->uid == (uid_t)-1) entry->uid = (uid_t)number_of(header->uid, sizeof header->uid);
    if (entry->gid == (gid_t)-1) entry->gid = (gid_t)number_of(header->gid, sizeof header->gid);
    if (entry->size == UINT64_MAX) entry->size = number_of(header->size, sizeof header->size);
}

static void set_text(char *target, const char *text, size_t length) {
    if (length >= PATH_BYTES || memchr(text, 0, length) != NULL) job_refuse(CODE_BAD_ARCHIVE);
    memcpy(target, text, length);
    target[length] = 0;
}

static uint64_t decimal_in(const char *text, size_t length) {
    uint64_t value = 0;
    for (size_t at = 0; at < length && text[at] != '.'; at++) {
        if (text[at] < '0' || text[at] > '9' || value > UINT64_MAX / 100) job_refuse(CODE_BAD_ARCHIVE);
        value = value * 10 + (uint64_t)(text[at] - '0');
    }
    return value;
}

static void obey_record(struct tar_entry *entry, const char *key, size_t key_length, const char *value,
                        size_t length) {
    bool is_path = key_length == 4 && memcmp(key, "path", 4) == 0;
    bool is_link = key_length == 8 && memcmp(key, "linkpath", 8) == 0;
    bool is_size = key_length == 4 && memcmp(key, "size", 4) == 0;
    bool is_uid = key_length == 3 && memcmp(key, "uid", 3) == 0;
    bool is_gid = key_length == 3 && memcmp(key, "gid", 3) == 0;
    /* Sparse files say so in records of GNU; unpacked as they stand they would be wrong. */
    if (key_length > 10 && memcmp(key, "GNU.sparse", 10) == 0) job_refuse(CODE_BAD_ARCHIVE);
    if (is_path) set_text(entry->path, value, length);
    if (is_link) set_text(entry->link, value, length);
    if (is_size) entry->size = decimal_in(value, length);
    if (is_uid) entry->uid = (uid_t)decimal_in(value, length);
    if (is_gid) entry->gid = (gid_t)decimal_in(value, length);
}

/* Records are "LENGTH KEY=VALUE\n"; the length counts all of it. */
static void read_records(struct tar_entry *entry, const char *text, size_t size) {
    while (size > 0) {
        const char *space = memchr(text, ' ', size);
        if (space == NULL || space == text || space - text > 8) job_refuse(CODE_BAD_ARCHIVE);
        uint64_t length = decimal_in(text, (size_t)(space - text));
        size_t head = (size_t)(space - text) + 1;
        if (length > size || length < head + 2 || text[length - 1] != '\n') job_refuse(CODE_BAD_ARCHIVE);
        const char *key = text + head;
        const char *equal = memchr(key, '=', length - head - 1);
        if (equal == NULL) job_refuse(CODE_BAD_ARCHIVE);
        size_t value_length = (size_t)(text + length - 1 - (equal + 1));
        obey_record(entry, key, (size_t)(equal - key), equal + 1, value_length);
        text += length;
        size -= (size_t)length;
    }
}

/* A header that speaks of the next one. False when this one is an entry itself. */
static bool read_extra(struct tar_entry *entry, const struct tar_header *header) {
    static char text[EXTRA_BYTES_MAX];
    if (strchr("xgLK", header->type) == NULL || header->type == 0) return false;
    uint64_t size = number_of(header->size, sizeof header->size);
    if (size > sizeof text) job_refuse(CODE_BAD_ARCHIVE);
    must_take(text, (size_t)size);
    skip(padding_of(size));
    size_t length = strnlen(text, (size_t)size);
    if (header->type == 'x') read_records(entry, text, (size_t)size);
    if (header->type == 'L') set_text(entry->path, text, length);
    if (header->type == 'K') set_text(entry->link, text, length);
    return true;
}

static void begin_entry(struct tar_entry *entry) {
    entry->path[0] = entry->link[0] = 0;
    entry->uid = (uid_t)-1;
    entry->gid = (gid_t)-1;
    entry->size = UINT64_MAX;
}

static void count_size(struct tar_entry *entry) {
    bool is_file = entry->type == '0' || entry->type == '7' || entry->type == 0;
    if (!is_file) entry->size = 0;
    if (entry->size > INT64_MAX) job_refuse(CODE_BAD_ARCHIVE);
    if (entry->size > allowed) job_refuse(CODE_TOO_LARGE);
    allowed -= entry->size;
    entry->left = entry->size;
}

bool tar_next(struct tar_entry *entry) {
    static const struct tar_header empty;
    struct tar_header header;
    begin_entry(entry);
    for (int extras = 0; extras <= EXTRA_HEADERS_MAX; extras++) {
        /* An archive without the two empty blocks at its end is whole too. */
        if (have() == 0 && extras == 0) return false;
        must_take(&header, sizeof header);
        if (memcmp(&header, &empty, sizeof header) == 0) {
            if (extras > 0) job_refuse(CODE_BAD_ARCHIVE);
            return false;
        }
        if (read_extra(entry, &header)) continue;
        read_header(entry, &header);
        count_size(entry);
        return true;
    }
    job_refuse(CODE_BAD_ARCHIVE);
}

size_t tar_data(struct tar_entry *entry, const uint8_t **data) {
    if (entry->left == 0) return 0;
    size_t there = have();
    if (there == 0) job_refuse(CODE_BAD_ARCHIVE);
    if (there > entry->left) there = (size_t)entry->left;
    *data = block + start;
    start += there;
    entry->left -= there;
    return there;
}

void tar_skip(struct tar_entry *entry) {
    skip(entry->left);
    skip(padding_of(entry->size));
    entry->left = 0;
}

void tar_drain(void) {
    while (have() > 0) start = filled;
}
