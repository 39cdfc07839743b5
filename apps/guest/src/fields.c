#include "fields.h"

#include <errno.h>
#include <string.h>

#define FIELD_HEADER_BYTES 4

bool field_next(struct fields fields, size_t *offset, struct field *field) {
    if (fields.length - *offset < FIELD_HEADER_BYTES) return false;
    const uint8_t *at = fields.data + *offset;
    field->tag = at[0];
    field->length = read_u24(at + 1);
    field->value = at + FIELD_HEADER_BYTES;
    if (field->length > fields.length - *offset - FIELD_HEADER_BYTES) return false;
    *offset += FIELD_HEADER_BYTES + field->length;
    return true;
}

bool fields_are_whole(struct fields fields) {
    size_t offset = 0;
    struct field field;
    while (field_next(fields, &offset, &field)) continue;
    return offset == fields.length;
}

bool field_find(struct fields fields, enum tag tag, struct field *field) {
    size_t offset = 0;
    while (field_next(fields, &offset, field)) {
        if (field->tag == tag) return true;
    }
    return false;
}

bool field_has(struct fields fields, enum tag tag) {
    struct field field;
    return field_find(fields, tag, &field);
}

uint64_t field_number(struct fields fields, enum tag tag, uint64_t otherwise) {
    struct field field;
    if (!field_find(fields, tag, &field) || field.length != 8) return otherwise;
    return read_u64(field.value);
}

int field_text(struct fields fields, enum tag tag, char *target, size_t size) {
    struct field field;
    if (!field_find(fields, tag, &field)) return -ENOENT;
    if (field.length >= size || memchr(field.value, 0, field.length) != NULL) return -EINVAL;
    memcpy(target, field.value, field.length);
    target[field.length] = 0;
    return 0;
}

void put_block(struct bytes *out, enum tag tag, const void *data, size_t length) {
    uint8_t *at = bytes_reserve(out, FIELD_HEADER_BYTES + length);
    at[0] = (uint8_t)tag;
    write_u24(at + 1, (uint32_t)length);
    if (length > 0) memcpy(at + FIELD_HEADER_BYTES, data, length);
    bytes_commit(out, FIELD_HEADER_BYTES + length);
}

void put_number(struct bytes *out, enum tag tag, uint64_t value) {
    uint8_t number[8];
    write_u64(number, value);
    put_block(out, tag, number, sizeof number);
}

void put_text(struct bytes *out, enum tag tag, const char *text) {
    put_block(out, tag, text, strlen(text));
}

uint32_t read_u24(const uint8_t *at) {
    return (uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | (uint32_t)at[2];
}

uint32_t read_u32(const uint8_t *at) { return (uint32_t)at[0] << 24 | read_u24(at + 1); }

uint64_t read_u64(const uint8_t *at) { return (uint64_t)read_u32(at) << 32 | read_u32(at + 4); }

void write_u24(uint8_t *at, uint32_t value) {
    at[0] = (uint8_t)(value >> 16);
    at[1] = (uint8_t)(value >> 8);
    at[2] = (uint8_t)value;
}

void write_u32(uint8_t *at, uint32_t value) {
    at[0] = (uint8_t)(value >> 24);
    write_u24(at + 1, value);
}

void write_u64(uint8_t *at, uint64_t value) {
    write_u32(at, (uint32_t)(value >> 32));
    write_u32(at + 4, (uint32_t)value);
}
