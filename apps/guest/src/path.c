#include "path.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel.h"

/* The kernel gives up a resolution that a rename disturbed; so often is it asked again. */
#define RESOLVE_TRIES 1000
#define LINKS_MAX 16

int root_open(const char *path) {
    int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return errno;
    if (fd == ROOT_FD) return 0;
    if (dup3(fd, ROOT_FD, O_CLOEXEC) < 0) return errno;
    close(fd);
    return 0;
}

static int resolve(int folder, const char *path, const struct open_how *how) {
    for (int tries = 0; tries < RESOLVE_TRIES; tries++) {
        long fd = syscall(SYS_openat2, folder, path, how, sizeof *how);
        if (fd >= 0) return (int)fd;
        if (errno != EAGAIN && errno != EINTR) break;
    }
    return errno == ENOSYS ? -EOPNOTSUPP : -errno;
}

int path_open(const char *path, int flags, mode_t mode) {
    struct open_how how = {
        .flags = (uint64_t)(unsigned int)(flags | O_CLOEXEC),
        .mode = (flags & O_CREAT) != 0 ? mode : 0,
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };
    return resolve(ROOT_FD, path, &how);
}

int path_open_below(int folder, const char *path, int flags) {
    struct open_how how = {
        .flags = (uint64_t)(unsigned int)(flags | O_CLOEXEC),
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    return resolve(folder, path, &how);
}

int path_of(struct fields request, enum tag tag, char *path) {
    int error = field_text(request, tag, path, PATH_BYTES);
    if (error != 0) return -EINVAL;
    return path[0] == 0 ? -EINVAL : 0;
}

/* Cuts `path` into the folder's path and the last name. */
static int split(const char *path, char *folder, char *name) {
    size_t length = strlen(path);
    while (length > 0 && path[length - 1] == '/') length--;
    size_t start = length;
    while (start > 0 && path[start - 1] != '/') start--;
    if (length == start || length >= PATH_BYTES) return -EINVAL;
    if (length - start >= NAME_BYTES) return -ENAMETOOLONG;
    memcpy(name, path + start, length - start);
    name[length - start] = 0;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) return -EINVAL;
    memcpy(folder, path, start);
    strcpy(folder + start, start == 0 ? "." : "");
    return 0;
}

int path_place(const char *path, struct place *place) {
    char folder[PATH_BYTES + 2];
    int error = split(path, folder, place->name);
    if (error != 0) return error;
    place->folder = path_open(folder, O_PATH | O_DIRECTORY, 0);
    return place->folder < 0 ? place->folder : 0;
}

/* The path that the link at the end of `path` means, seen from the root. */
static int follow(char *path, const struct place *place) {
    char target[PATH_BYTES], folder[PATH_BYTES + 2], name[NAME_BYTES];
    ssize_t length = readlinkat(place->folder, place->name, target, sizeof target - 1);
    if (length < 0) return errno == EINVAL ? 0 : -errno;
    target[length] = 0;
    int error = split(path, folder, name);
    if (error != 0) return error;
    size_t before = target[0] == '/' ? 0 : strlen(folder);
    if (before + 1 + (size_t)length + 1 > PATH_BYTES) return -ENAMETOOLONG;
    memcpy(path, folder, before);
    if (before > 0) path[before++] = '/';
    strcpy(path + before, target);
    return 1;
}

int path_final_place(const char *given, struct place *place) {
    char path[PATH_BYTES];
    strncpy(path, given, sizeof path - 1);
    path[sizeof path - 1] = 0;
    for (int links = 0; links < LINKS_MAX; links++) {
        int error = path_place(path, place);
        if (error != 0) return error;
        int followed = follow(path, place);
        if (followed == 0 || followed == -ENOENT) return 0;
        close(place->folder);
        if (followed < 0) return followed;
    }
    return -ELOOP;
}

static int make_folder(const char *path, mode_t mode) {
    int fd = path_open(path, O_PATH | O_DIRECTORY, 0);
    if (fd >= 0) {
        close(fd);
        return 0;
    }
    if (fd != -ENOENT) return fd;
    struct place place;
    int error = path_place(path, &place);
    if (error != 0) return error;
    error = mkdirat(place.folder, place.name, mode) < 0 && errno != EEXIST ? -errno : 0;
    close(place.folder);
    return error;
}

int path_make_folders(const char *path, bool with_last, mode_t mode) {
    char prefix[PATH_BYTES];
    size_t end = strlen(path);
    while (end > 0 && path[end - 1] == '/') end--;
    if (!with_last) {
        while (end > 0 && path[end - 1] != '/') end--;
        while (end > 0 && path[end - 1] == '/') end--;
    }
    for (size_t at = 1; at <= end; at++) {
        bool is_end = at == end || path[at] == '/';
        if (!is_end || path[at - 1] == '/') continue;
        memcpy(prefix, path, at);
        prefix[at] = 0;
        int error = make_folder(prefix, mode);
        if (error != 0) return error;
    }
    return 0;
}
