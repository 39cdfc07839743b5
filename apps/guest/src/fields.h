/* Fields of a frame: tag (1 byte), length (3 bytes), value. Numbers are 8 bytes, most significant first. */
#ifndef FIELDS_H
#define FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bytes.h"
#include "wire.h"

struct fields {
    const uint8_t *data;
    size_t length;
};

struct field {
    uint8_t tag;
    uint32_t length;
    const uint8_t *value;
};

/* Whether `fields` is a row of whole fields and nothing else. */
bool fields_are_whole(struct fields fields);
/* The next field behind `*offset`; false at the end. */
bool field_next(struct fields fields, size_t *offset, struct field *field);
bool field_find(struct fields fields, enum tag tag, struct field *field);
/* The number under `tag`; `otherwise` when it is absent or no number. */
uint64_t field_number(struct fields fields, enum tag tag, uint64_t otherwise);
bool field_has(struct fields fields, enum tag tag);
/* Copies a text that holds no NUL and fits; 0, -ENOENT when absent, -EINVAL otherwise. */
int field_text(struct fields fields, enum tag tag, char *target, size_t size);

void put_number(struct bytes *out, enum tag tag, uint64_t value);
void put_block(struct bytes *out, enum tag tag, const void *data, size_t length);
void put_text(struct bytes *out, enum tag tag, const char *text);

uint32_t read_u32(const uint8_t *at);
uint32_t read_u24(const uint8_t *at);
uint64_t read_u64(const uint8_t *at);
void write_u32(uint8_t *at, uint32_t value);
void write_u24(uint8_t *at, uint32_t value);
void write_u64(uint8_t *at, uint64_t value);

#endif
