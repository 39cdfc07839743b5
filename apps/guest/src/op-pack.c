/* A folder as a tar stream: files, folders and symbolic links; what is none of these is left out and counted. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "op.h"
#include "tar.h"
#include "text.h"

#define PACK_DEPTH_MAX 100

static uint8_t block[DATA_BYTES_MAX];
static size_t filled;
static uint64_t left_out;

static void flush_block(void) {
    if (filled > 0) job_data(block, filled);
    filled = 0;
}

static void put_bytes(const void *data, size_t length) {
    const uint8_t *at = data;
    while (length > 0) {
        size_t part = sizeof block - filled < length ? sizeof block - filled : length;
        memcpy(block + filled, at, part);
        filled += part;
        at += part;
        length -= part;
        if (filled == sizeof block) flush_block();
    }
}

static void put_padding(uint64_t length) {
    static const uint8_t zeros[TAR_BLOCK];
    if (length % TAR_BLOCK != 0) put_bytes(zeros, TAR_BLOCK - length % TAR_BLOCK);
}

uint32_t tar_checksum(const struct tar_header *header) {
    const uint8_t *bytes = (const uint8_t *)header;
    uint32_t sum = 0;
    for (size_t at = 0; at < TAR_BLOCK; at++) {
        bool is_sum = at >= offsetof(struct tar_header, checksum) &&
                      at < offsetof(struct tar_header, checksum) + sizeof header->checksum;
        sum += is_sum ? ' ' : bytes[at];
    }
    return sum;
}

static void put_octal(char *target, size_t size, uint64_t value) {
    put_digits(target, size - 1, value, 8);
}

static void put_header(char type, uint64_t size, const struct stat *stat, const char *name, const char *link) {
    struct tar_header header = {.type = type, .magic = "ustar", .version = {'0', '0'}};
    memcpy(header.name, name, strnlen(name, sizeof header.name));
    memcpy(header.link, link, strnlen(link, sizeof header.link));
    put_octal(header.mode, sizeof header.mode, stat->st_mode & 07777);
    put_octal(header.uid, sizeof header.uid, stat->st_uid <= 07777777 ? stat->st_uid : 0);
    put_octal(header.gid, sizeof header.gid, stat->st_gid <= 07777777 ? stat->st_gid : 0);
    put_octal(header.size, sizeof header.size, size <= 077777777777 ? size : 0);
    bool has_time = stat->st_mtim.tv_sec >= 0 && stat->st_mtim.tv_sec <= 077777777777;
    put_octal(header.mtime, sizeof header.mtime, has_time ? (uint64_t)stat->st_mtim.tv_sec : 0);
    put_digits(header.checksum, 6, tar_checksum(&header), 8);
    header.checksum[7] = ' ';
    put_bytes(&header, sizeof header);
}

/* A pax record counts its own length, which is a part of it. */
static void add_record(struct bytes *records, const char *key, const char *value) {
    size_t rest = strlen(key) + strlen(value) + 3, length = rest + 1;
    char text[NUMBER_TEXT_BYTES];
    while (length != rest + strlen(decimal_of(length, text))) length = rest + strlen(text);
    bytes_append(records, text, strlen(text));
    bytes_append(records, " ", 1);
    bytes_append(records, key, strlen(key));
    bytes_append(records, "=", 1);
    bytes_append(records, value, strlen(value));
    bytes_append(records, "\n", 1);
}

static void add_number(struct bytes *records, const char *key, uint64_t value) {
    char text[NUMBER_TEXT_BYTES];
    add_record(records, key, decimal_of(value, text));
}

static void put_entry_header(char type, const struct stat *stat, const char *name, const char *link) {
    struct bytes records = {0};
    uint64_t size = type == '0' ? (uint64_t)stat->st_size : 0;
    if (strlen(name) > sizeof((struct tar_header){0}).name) add_record(&records, "path", name);
    if (strlen(link) > sizeof((struct tar_header){0}).link) add_record(&records, "linkpath", link);
    if (size > 077777777777) add_number(&records, "size", size);
    if (stat->st_uid > 07777777) add_number(&records, "uid", stat->st_uid);
    if (stat->st_gid > 07777777) add_number(&records, "gid", stat->st_gid);
    if (records.length > 0) {
        put_header('x', records.length, stat, "pax", "");
        put_bytes(bytes_head(&records), records.length);
        put_padding(records.length);
    }
    bytes_free(&records);
    put_header(type, size, stat, name, link);
}

/* As many bytes as the header promised, whatever the file became meanwhile. */
static int put_file(int fd, uint64_t size) {
    static uint8_t part[32768];
    uint64_t left = size;
    while (left > 0) {
        size_t wanted = left < sizeof part ? (size_t)left : sizeof part;
        ssize_t got = read(fd, part, wanted);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno;
        if (got == 0) memset(part, 0, sizeof part);
        size_t there = got == 0 ? wanted : (size_t)got;
        put_bytes(part, there);
        left -= there;
    }
    put_padding(size);
    return 0;
}

static int pack_folder(int fd, const char *path, int depth);

static int pack_file(int folder, const char *name, const char *path) {
    struct stat stat;
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) return errno == ENOENT ? 0 : errno;
    int error = fstat(fd, &stat) < 0 ? errno : 0;
    if (error == 0 && S_ISREG(stat.st_mode)) {
        put_entry_header('0', &stat, path, "");
        error = put_file(fd, (uint64_t)stat.st_size);
    }
    close(fd);
    return error;
}

static int pack_subfolder(int folder, const char *name, const char *path, int depth) {
    char with_slash[PATH_BYTES + 1];
    struct stat stat;
    int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return errno == ENOENT ? 0 : errno;
    if (fstat(fd, &stat) < 0) return errno;
    text_join(with_slash, sizeof with_slash, path, "/", NULL);
    put_entry_header('5', &stat, with_slash, "");
    return pack_folder(fd, path, depth + 1);
}

static int pack_entry(int folder, const char *name, const char *path, int depth) {
    char target[PATH_BYTES];
    struct stat stat;
    if (fstatat(folder, name, &stat, AT_SYMLINK_NOFOLLOW) < 0) return errno == ENOENT ? 0 : errno;
    if (S_ISREG(stat.st_mode)) return pack_file(folder, name, path);
    if (S_ISDIR(stat.st_mode)) return pack_subfolder(folder, name, path, depth);
    if (!S_ISLNK(stat.st_mode)) {
        left_out++;
        return 0;
    }
    ssize_t length = readlinkat(folder, name, target, sizeof target - 1);
    if (length < 0) return errno == ENOENT ? 0 : errno;
    target[length] = 0;
    put_entry_header('2', &stat, path, target);
    return 0;
}

/* Owns `fd`. */
static int pack_folder(int fd, const char *path, int depth) {
    char below[PATH_BYTES];
    if (depth > PACK_DEPTH_MAX) return ENAMETOOLONG;
    DIR *folder = fdopendir(fd);
    int error = folder == NULL ? errno : 0;
    for (struct dirent *entry; error == 0 && (entry = readdir(folder)) != NULL;) {
        const char *name = entry->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) continue;
        const char *slash = path[0] == 0 ? "" : "/";
        if (!text_join(below, sizeof below, path, slash, name, NULL)) error = ENAMETOOLONG;
        else error = pack_entry(fd, name, below, depth);
    }
    if (folder != NULL) closedir(folder);
    return error;
}

int op_pack(struct fields request, struct bytes *more) {
    static const uint8_t end[2 * TAR_BLOCK];
    char path[PATH_BYTES];
    struct bytes none = {0};
    int error = path_of(request, TAG_PATH, path);
    if (error != 0) return error;
    int fd = path_open(path, O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0) return fd;
    job_answer(&none);
    error = pack_folder(fd, "", 0);
    if (error != 0) return error;
    put_bytes(end, sizeof end);
    flush_block();
    put_number(more, TAG_COUNT, left_out);
    return 0;
}
