/* What changes the tree: folders, names, modes, owners, links. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel.h"
#include "op.h"
#include "text.h"

#define RENAME_NO_REPLACE 1u
/* Deeper folders are moved up before they are removed, so that no tree needs more descriptors than this. */
#define REMOVE_DEPTH_MAX 100

static uint64_t flags_of(struct fields request) { return field_number(request, TAG_FLAGS, 0); }

int op_mkdir(struct fields request, struct bytes *more) {
    char path[PATH_BYTES];
    struct place place;
    (void)more;
    mode_t mode = (mode_t)field_number(request, TAG_MODE, 0755) & 07777;
    int error = path_of(request, TAG_PATH, path);
    if (error != 0) return error;
    bool makes_parents = (flags_of(request) & FILE_PARENTS) != 0;
    if (makes_parents) error = path_make_folders(path, false, 0755);
    if (error == 0) error = path_place(path, &place);
    if (error != 0) return error;
    return mkdirat(place.folder, place.name, mode) < 0 ? errno : 0;
}

int op_rename(struct fields request, struct bytes *more) {
    char from_path[PATH_BYTES], to_path[PATH_BYTES];
    struct place from, to;
    (void)more;
    int error = path_of(request, TAG_PATH, from_path);
    if (error == 0) error = path_of(request, TAG_TARGET, to_path);
    if (error == 0) error = path_place(from_path, &from);
    if (error != 0) return error;
    if ((flags_of(request) & FILE_PARENTS) != 0) error = path_make_folders(to_path, false, 0755);
    if (error == 0) error = path_place(to_path, &to);
    if (error != 0) return error;
    unsigned int how = (flags_of(request) & FILE_NO_REPLACE) != 0 ? RENAME_NO_REPLACE : 0;
    return syscall(SYS_renameat2, from.folder, from.name, to.folder, to.name, how) < 0 ? errno : 0;
}

struct removal {
    int top;
    unsigned int moved;
};

static int empty_folder(struct removal *removal, int fd, int depth);

static int remove_folder(struct removal *removal, int folder, const char *name, int depth) {
    char aside[64];
    if (depth >= REMOVE_DEPTH_MAX) {
        char mine[NUMBER_TEXT_BYTES], count[NUMBER_TEXT_BYTES];
        text_join(aside, sizeof aside, ".bedplate-deep-", decimal_of((uint64_t)getpid(), mine), "-",
                  decimal_of(removal->moved++, count), NULL);
        return renameat(folder, name, removal->top, aside) < 0 ? errno : 0;
    }
    int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return errno == ENOENT ? 0 : errno;
    int error = empty_folder(removal, fd, depth + 1);
    if (error != 0) return error;
    return unlinkat(folder, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? errno : 0;
}

static int remove_entry(struct removal *removal, int folder, const char *name, int depth) {
    if (unlinkat(folder, name, 0) == 0 || errno == ENOENT) return 0;
    if (errno != EISDIR && errno != EPERM) return errno;
    return remove_folder(removal, folder, name, depth);
}

/* Owns `fd`. */
static int empty_folder(struct removal *removal, int fd, int depth) {
    DIR *folder = fdopendir(fd);
    int error = folder == NULL ? errno : 0;
    for (struct dirent *entry; error == 0 && (entry = readdir(folder)) != NULL;) {
        const char *name = entry->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) continue;
        error = remove_entry(removal, fd, name, depth);
    }
    if (folder != NULL) closedir(folder);
    return error;
}

static int remove_tree(const struct place *place) {
    struct removal removal = {.moved = 0};
    removal.top = openat(place->folder, place->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (removal.top < 0) return errno == ENOENT ? 0 : errno;
    unsigned int moved;
    do {
        moved = removal.moved;
        int again = openat(removal.top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        int error = again < 0 ? errno : empty_folder(&removal, again, 0);
        if (error != 0) return error;
    } while (removal.moved != moved);
    return unlinkat(place->folder, place->name, AT_REMOVEDIR) < 0 && errno != ENOENT ? errno : 0;
}

int op_remove(struct fields request, struct bytes *more) {
    char path[PATH_BYTES];
    struct place place;
    struct stat stat;
    (void)more;
    int error = path_of(request, TAG_PATH, path);
    if (error == 0) error = path_place(path, &place);
    if (error != 0) return error;
    if (fstatat(place.folder, place.name, &stat, AT_SYMLINK_NOFOLLOW) < 0) return errno;
    if (!S_ISDIR(stat.st_mode)) return unlinkat(place.folder, place.name, 0) < 0 ? errno : 0;
    if ((flags_of(request) & FILE_RECURSIVE) != 0) return remove_tree(&place);
    return unlinkat(place.folder, place.name, AT_REMOVEDIR) < 0 ? errno : 0;
}

/* A descriptor that only names a file cannot change its mode, its entry in /proc can. */
static int change_mode(int fd, mode_t mode) {
    char path[40], number[NUMBER_TEXT_BYTES];
    struct stat stat;
    if (fstat(fd, &stat) < 0) return errno;
    if (S_ISLNK(stat.st_mode)) return EOPNOTSUPP;
    text_join(path, sizeof path, "/proc/self/fd/", decimal_of((uint64_t)fd, number), NULL);
    if (chmod(path, mode & 07777) == 0) return 0;
    return errno == ENOENT ? EOPNOTSUPP : errno;
}

static int change_time(int fd, uint64_t modified_ns) {
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT},
                                {.tv_sec = (time_t)(modified_ns / 1000000000u),
                                 .tv_nsec = (long)(modified_ns % 1000000000u)}};
    return utimensat(fd, "", times, AT_EMPTY_PATH) < 0 ? errno : 0;
}

int op_change(struct fields request, struct bytes *more) {
    char path[PATH_BYTES];
    (void)more;
    int error = path_of(request, TAG_PATH, path);
    if (error != 0) return error;
    bool follows = (flags_of(request) & FILE_FOLLOW) != 0;
    int fd = path_open(path, O_PATH | (follows ? 0 : O_NOFOLLOW), 0);
    if (fd < 0) return fd;
    uint64_t uid = field_number(request, TAG_UID, UINT32_MAX);
    uint64_t gid = field_number(request, TAG_GID, UINT32_MAX);
    bool has_owner = uid != UINT32_MAX || gid != UINT32_MAX;
    /* The owner first: a new owner takes away set-user-id bits. */
    if (has_owner && fchownat(fd, "", (uid_t)uid, (gid_t)gid, AT_EMPTY_PATH) < 0) return errno;
    if (field_has(request, TAG_MODE)) error = change_mode(fd, (mode_t)field_number(request, TAG_MODE, 0));
    if (error != 0 || !field_has(request, TAG_MODIFIED_NS)) return error;
    return change_time(fd, field_number(request, TAG_MODIFIED_NS, 0));
}

int op_symlink(struct fields request, struct bytes *more) {
    char path[PATH_BYTES], target[PATH_BYTES];
    struct place place;
    (void)more;
    int error = path_of(request, TAG_PATH, path);
    if (error == 0) error = path_of(request, TAG_TARGET, target);
    if (error == 0) error = path_place(path, &place);
    if (error != 0) return error;
    return symlinkat(target, place.folder, place.name) < 0 ? errno : 0;
}
