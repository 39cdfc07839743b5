/* Reading parts of files, and replacing files at once. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "entry.h"
#include "op.h"
#include "text.h"

static uint8_t block[DATA_BYTES_MAX];

int op_read(struct fields request, struct bytes *more) {
    char path[PATH_BYTES];
    struct stat stat;
    struct bytes fields = {0};
    (void)more;
    int error = path_of(request, TAG_PATH, path);
    if (error != 0) return error;
    /* A queue must not make this wait for a writer, nor a terminal become ours. */
    int fd = path_open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
    if (fd < 0) return fd;
    if (fstat(fd, &stat) < 0) return errno;
    if (S_ISDIR(stat.st_mode)) return EISDIR;
    if (!S_ISREG(stat.st_mode)) job_refuse(CODE_NOT_FILE);
    uint64_t offset = field_number(request, TAG_OFFSET, 0);
    uint64_t left = field_number(request, TAG_LENGTH, UINT64_MAX);
    if (offset > INT64_MAX) return EINVAL;
    put_entry(&fields, &stat, fd, "");
    job_answer(&fields);
    while (left > 0) {
        size_t wanted = left < sizeof block ? (size_t)left : sizeof block;
        ssize_t got = pread(fd, block, wanted, (off_t)offset);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno;
        if (got == 0) break;
        job_data(block, (size_t)got);
        offset += (uint64_t)got;
        left -= (uint64_t)got;
    }
    return 0;
}

/* The file that is being written, under a name that nobody waits for. */
static struct place draft = {.folder = -1};

static void drop_draft(void) {
    if (draft.folder >= 0) unlinkat(draft.folder, draft.name, 0);
}

static int open_draft(int folder) {
    uint8_t chance[8];
    char number[17];
    for (int tries = 0; tries < 16; tries++) {
        random_bytes(chance, sizeof chance);
        put_digits(number, 16, read_u64(chance), 16);
        text_join(draft.name, sizeof draft.name, ".bedplate-", number, ".part", NULL);
        int fd = openat(folder, draft.name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd >= 0) {
            draft.folder = folder;
            job_on_abort(drop_draft);
            return fd;
        }
        if (errno != EEXIST) break;
    }
    return -errno;
}

int write_whole(int fd, const uint8_t *data, size_t length) {
    while (length > 0) {
        ssize_t done = write(fd, data, length);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return errno;
        data += done;
        length -= (size_t)done;
    }
    return 0;
}

static int fill(int fd, uint64_t limit, uint64_t *size) {
    for (size_t got; (got = job_receive(block)) > 0;) {
        *size += got;
        if (*size > limit) return EFBIG;
        int error = write_whole(fd, block, got);
        if (error != 0) return error;
    }
    return 0;
}

/* What stands at the place must be a file, or nothing. Its mode is kept when none is asked for. */
static int check_place(const struct place *place, mode_t *mode) {
    struct stat stat;
    if (fstatat(place->folder, place->name, &stat, AT_SYMLINK_NOFOLLOW) < 0) {
        return errno == ENOENT ? 0 : errno;
    }
    if (S_ISDIR(stat.st_mode)) return EISDIR;
    if (!S_ISREG(stat.st_mode) && !S_ISLNK(stat.st_mode)) job_refuse(CODE_NOT_FILE);
    if (S_ISREG(stat.st_mode)) *mode = stat.st_mode & 0777;
    return 0;
}

/* Names and values in pairs, as the answer of OP_ATTRIBUTES has them. */
static int set_attributes(int fd, struct fields request) {
    char name[256] = "";
    size_t offset = 0;
    struct field field;
    while (field_next(request, &offset, &field)) {
        if (field.tag == TAG_NAME) {
            if (field.length >= sizeof name || memchr(field.value, 0, field.length) != NULL) return EINVAL;
            memcpy(name, field.value, field.length);
            name[field.length] = 0;
        }
        if (field.tag == TAG_VALUE && fsetxattr(fd, name, field.value, field.length, 0) < 0) return errno;
    }
    return 0;
}

static int settle(int fd, struct fields request, mode_t mode) {
    /* While the draft is still writable to whoever makes it. */
    int error = set_attributes(fd, request);
    if (error != 0) return error;
    uint64_t uid = field_number(request, TAG_UID, UINT32_MAX);
    uint64_t gid = field_number(request, TAG_GID, UINT32_MAX);
    mode = (mode_t)field_number(request, TAG_MODE, mode) & 07777;
    bool has_owner = uid != UINT32_MAX || gid != UINT32_MAX;
    if (has_owner && fchown(fd, (uid_t)uid, (gid_t)gid) < 0) return errno;
    if (fchmod(fd, mode) < 0) return errno;
    bool syncs = (field_number(request, TAG_FLAGS, 0) & FILE_SYNC) != 0;
    return syncs && fsync(fd) < 0 ? errno : 0;
}

static int find_place(struct fields request, struct place *place) {
    char path[PATH_BYTES];
    uint64_t flags = field_number(request, TAG_FLAGS, 0);
    int error = path_of(request, TAG_PATH, path);
    if (error == 0 && (flags & FILE_PARENTS) != 0) error = path_make_folders(path, false, 0755);
    if (error != 0) return error;
    return (flags & FILE_FOLLOW) != 0 ? path_final_place(path, place) : path_place(path, place);
}

static int publish(struct fields request, const struct place *place) {
    bool is_exclusive = (field_number(request, TAG_FLAGS, 0) & FILE_EXCLUSIVE) != 0;
    int result = is_exclusive ? linkat(draft.folder, draft.name, place->folder, place->name, 0)
                              : renameat(draft.folder, draft.name, place->folder, place->name);
    if (result < 0) return errno;
    if (is_exclusive) drop_draft();
    job_on_abort(NULL);
    return 0;
}

int op_write(struct fields request, struct bytes *more) {
    struct place place;
    struct bytes none = {0};
    mode_t mode = 0644;
    uint64_t size = 0;
    int error = find_place(request, &place);
    if (error == 0) error = check_place(&place, &mode);
    if (error != 0) return error;
    int fd = open_draft(place.folder);
    if (fd < 0) return fd;
    job_answer(&none);
    error = fill(fd, field_number(request, TAG_LIMIT, UINT64_MAX), &size);
    if (error == 0) error = settle(fd, request, mode);
    close(fd);
    if (error == 0) error = publish(request, &place);
    if (error != 0) drop_draft();
    job_on_abort(NULL);
    put_number(more, TAG_SIZE, size);
    return error;
}
