/* Takes a tar stream apart, below one folder and nowhere else. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "op.h"
#include "tar.h"
#include "tar-input.h"

#define ENTRIES_MAX 1000000

static int target_fd = -1;
static bool keeps_owners;

/* One step down, never through a symbolic link. Makes the folder when it is missing. Owns `folder`. */
static int step_down(int folder, const char *name, bool makes) {
    int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT && makes) {
        if (mkdirat(folder, name, 0755) == 0 || errno == EEXIST) {
            fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        }
    }
    int error = errno;
    close(folder);
    if (fd >= 0) return fd;
    /* A link, or a file, where a folder has to be: the archive leads somewhere else. */
    if (error == ELOOP || error == ENOTDIR) job_refuse(CODE_UNSAFE_ARCHIVE);
    return -error;
}

/* Finds the folder of a name in the archive; `*name` is its last part, NULL for the target itself. */
static int find_folder(char *path, char **name, bool makes) {
    int folder = openat(target_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return -errno;
    char *rest = path;
    *name = NULL;
    if (path[0] == '/') job_refuse(CODE_UNSAFE_ARCHIVE);
    for (char *part; folder >= 0 && (part = strsep(&rest, "/")) != NULL;) {
        if (part[0] == 0 || strcmp(part, ".") == 0) continue;
        if (strcmp(part, "..") == 0) job_refuse(CODE_UNSAFE_ARCHIVE);
        if (*name != NULL) folder = step_down(folder, *name, makes);
        *name = part;
    }
    return folder;
}

/* What stands in the way of a file goes; a folder that is full stays, and the entry fails. */
static int clear_name(int folder, const char *name) {
    if (unlinkat(folder, name, 0) == 0 || errno == ENOENT) return 0;
    if (errno != EISDIR && errno != EPERM) return errno;
    return unlinkat(folder, name, AT_REMOVEDIR) < 0 ? errno : 0;
}

static mode_t mode_of(const struct tar_entry *entry) {
    return (mode_t)entry->mode & (keeps_owners ? 07777 : 0777);
}

static int settle(int fd, const struct tar_entry *entry) {
    if (keeps_owners && fchown(fd, entry->uid, entry->gid) < 0) return errno;
    if (fchmod(fd, mode_of(entry)) < 0) return errno;
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = (time_t)entry->mtime}};
    return futimens(fd, times) < 0 ? errno : 0;
}

static int unpack_file(int folder, const char *name, struct tar_entry *entry) {
    const uint8_t *data;
    int error = clear_name(folder, name);
    if (error != 0) return error;
    int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) return errno;
    for (size_t got; error == 0 && (got = tar_data(entry, &data)) > 0;) error = write_whole(fd, data, got);
    if (error == 0) error = settle(fd, entry);
    close(fd);
    return error;
}

static int unpack_folder(int folder, const char *name, const struct tar_entry *entry) {
    if (mkdirat(folder, name, 0700) < 0 && errno != EEXIST) return errno;
    int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && (errno == ELOOP || errno == ENOTDIR)) job_refuse(CODE_UNSAFE_ARCHIVE);
    if (fd < 0) return errno;
    /* Its entries still come: whoever owns it must be able to fill it. */
    int error = fchmod(fd, mode_of(entry) | 0700) < 0 ? errno : 0;
    if (error == 0 && keeps_owners && fchown(fd, entry->uid, entry->gid) < 0) error = errno;
    close(fd);
    return error;
}

static int unpack_symlink(int folder, const char *name, const struct tar_entry *entry) {
    int error = clear_name(folder, name);
    if (error != 0) return error;
    if (symlinkat(entry->link, folder, name) < 0) return errno;
    if (!keeps_owners) return 0;
    return fchownat(folder, name, entry->uid, entry->gid, AT_SYMLINK_NOFOLLOW) < 0 ? errno : 0;
}

/* A hard link may only name a file that lies below the target, and that no link leads to. */
static int unpack_hardlink(int folder, const char *name, struct tar_entry *entry) {
    struct stat stat;
    char *of;
    int from = find_folder(entry->link, &of, false);
    if (from < 0) return -from == ENOENT ? EINVAL : -from;
    int error = 0;
    if (of == NULL || fstatat(from, of, &stat, AT_SYMLINK_NOFOLLOW) < 0) error = EINVAL;
    else if (!S_ISREG(stat.st_mode)) job_refuse(CODE_UNSAFE_ARCHIVE);
    if (error == 0) error = clear_name(folder, name);
    if (error == 0 && linkat(from, of, folder, name, 0) < 0) error = errno;
    close(from);
    return error;
}

static int unpack_entry(struct tar_entry *entry) {
    char *name;
    int folder = find_folder(entry->path, &name, true);
    if (folder < 0) return -folder;
    int error = 0;
    if (name == NULL && entry->type != '5') job_refuse(CODE_UNSAFE_ARCHIVE);
    if (name != NULL) {
        switch (entry->type) {
        case '0': case '7': case 0: error = unpack_file(folder, name, entry); break;
        case '1': error = unpack_hardlink(folder, name, entry); break;
        case '2': error = unpack_symlink(folder, name, entry); break;
        case '5': error = unpack_folder(folder, name, entry); break;
        /* Devices and queues are not made from archives. */
        default: job_refuse(CODE_UNSAFE_ARCHIVE);
        }
    }
    close(folder);
    return error;
}

static int open_target(struct fields request) {
    char path[PATH_BYTES];
    uint64_t flags = field_number(request, TAG_FLAGS, 0);
    int error = path_of(request, TAG_PATH, path);
    if (error == 0 && (flags & FILE_PARENTS) != 0) error = path_make_folders(path, true, 0755);
    if (error != 0) return error;
    keeps_owners = (flags & FILE_OWNERS) != 0;
    target_fd = path_open(path, O_RDONLY | O_DIRECTORY, 0);
    return target_fd < 0 ? target_fd : 0;
}

int op_unpack(struct fields request, struct bytes *more) {
    struct bytes none = {0};
    struct tar_entry entry;
    uint64_t count = 0, entries_max = field_number(request, TAG_LIMIT, ENTRIES_MAX);
    int error = open_target(request);
    if (error != 0) return error;
    job_answer(&none);
    tar_limit(field_number(request, TAG_SIZE, UINT64_MAX));
    while (error == 0 && tar_next(&entry)) {
        if (++count > entries_max) job_refuse(CODE_LIMIT);
        error = unpack_entry(&entry);
        tar_skip(&entry);
    }
    tar_drain();
    put_number(more, TAG_COUNT, count);
    return error;
}
