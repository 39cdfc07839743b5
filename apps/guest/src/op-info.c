/* stat, list and extended attributes. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "entry.h"
#include "op.h"
#include "users.h"

#define DEPTH_MAX 64
#define ENTRIES_MAX 1000000
#define ATTRIBUTES_BYTES_MAX 60000

static enum file_type type_of(mode_t mode) {
    if (S_ISREG(mode)) return TYPE_FILE;
    if (S_ISDIR(mode)) return TYPE_FOLDER;
    return S_ISLNK(mode) ? TYPE_SYMLINK : TYPE_OTHER;
}

void put_entry(struct bytes *fields, const struct stat *stat, int folder, const char *name) {
    char text[PATH_BYTES];
    put_number(fields, TAG_TYPE, type_of(stat->st_mode));
    put_number(fields, TAG_SIZE, (uint64_t)stat->st_size);
    put_number(fields, TAG_MODE, stat->st_mode & 07777);
    put_number(fields, TAG_UID, stat->st_uid);
    put_number(fields, TAG_GID, stat->st_gid);
    put_number(fields, TAG_INODE, stat->st_ino);
    put_number(fields, TAG_LINKS, stat->st_nlink);
    put_number(fields, TAG_MODIFIED_NS,
               (uint64_t)stat->st_mtim.tv_sec * 1000000000u + (uint64_t)stat->st_mtim.tv_nsec);
    name_of_user(stat->st_uid, text, 64);
    put_text(fields, TAG_OWNER, text);
    name_of_group(stat->st_gid, text, 64);
    put_text(fields, TAG_GROUP, text);
    if (!S_ISLNK(stat->st_mode)) return;
    ssize_t length = readlinkat(folder, name, text, sizeof text);
    if (length >= 0) put_block(fields, TAG_TARGET, text, (size_t)length);
}

static bool follows(struct fields request) {
    return (field_number(request, TAG_FLAGS, 0) & FILE_FOLLOW) != 0;
}

int op_stat(struct fields request, struct bytes *more) {
    char path[PATH_BYTES];
    struct stat stat;
    struct bytes fields = {0};
    (void)more;
    int error = path_of(request, TAG_PATH, path);
    if (error != 0) return error;
    int fd = path_open(path, O_PATH | (follows(request) ? 0 : O_NOFOLLOW), 0);
    if (fd < 0) return fd;
    if (fstat(fd, &stat) < 0) return errno;
    put_entry(&fields, &stat, fd, "");
    job_answer(&fields);
    return 0;
}

struct listing {
    uint64_t depth, left;
    char path[PATH_BYTES];
};

static int list_folder(struct listing *listing, int fd, uint64_t depth);

static int tell_entry(struct listing *listing, int folder, const char *name, uint64_t depth) {
    struct stat stat;
    struct bytes fields = {0};
    if (fstatat(folder, name, &stat, AT_SYMLINK_NOFOLLOW) < 0) return errno == ENOENT ? 0 : errno;
    if (listing->left-- == 0) job_refuse(CODE_LIMIT);
    size_t length = strlen(listing->path);
    if (length + strlen(name) + 2 > sizeof listing->path) return ENAMETOOLONG;
    if (length > 0) strcat(listing->path, "/");
    strcat(listing->path, name);
    put_text(&fields, TAG_PATH, listing->path);
    put_entry(&fields, &stat, folder, name);
    job_item(&fields);
    bytes_free(&fields);
    int error = 0;
    if (S_ISDIR(stat.st_mode) && depth < listing->depth) {
        int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        /* What may not be read, or went away meanwhile, is told without its entries. */
        if (fd >= 0) error = list_folder(listing, fd, depth + 1);
    }
    listing->path[length] = 0;
    return error;
}

static bool is_dot(const char *name) { return strcmp(name, ".") == 0 || strcmp(name, "..") == 0; }

static int list_folder(struct listing *listing, int fd, uint64_t depth) {
    DIR *folder = fdopendir(fd);
    int error = folder == NULL ? errno : 0;
    for (struct dirent *entry; error == 0 && (entry = readdir(folder)) != NULL;) {
        if (!is_dot(entry->d_name)) error = tell_entry(listing, fd, entry->d_name, depth);
    }
    if (folder != NULL) closedir(folder);
    return error;
}

int op_list(struct fields request, struct bytes *more) {
    char path[PATH_BYTES];
    struct bytes none = {0};
    struct listing listing = {.path = ""};
    (void)more;
    listing.depth = field_number(request, TAG_DEPTH, 1);
    listing.left = field_number(request, TAG_LIMIT, ENTRIES_MAX);
    if (listing.depth < 1 || listing.depth > DEPTH_MAX || listing.left > ENTRIES_MAX) return EINVAL;
    int error = path_of(request, TAG_PATH, path);
    if (error != 0) return error;
    int fd = path_open(path, O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0) return fd;
    job_answer(&none);
    return list_folder(&listing, fd, 1);
}

/* Extended attributes belong to files and folders; a link or a device is not opened for them. */
static int open_for_attributes(struct fields request) {
    char path[PATH_BYTES];
    struct stat stat;
    int error = path_of(request, TAG_PATH, path);
    if (error != 0) return error;
    int fd = path_open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
    if (fd < 0) return fd;
    if (fstat(fd, &stat) < 0) return -errno;
    if (!S_ISREG(stat.st_mode) && !S_ISDIR(stat.st_mode)) job_refuse(CODE_NOT_FILE);
    return fd;
}

int op_attributes(struct fields request, struct bytes *more) {
    static char names[ATTRIBUTES_BYTES_MAX], value[ATTRIBUTES_BYTES_MAX];
    struct bytes fields = {0};
    (void)more;
    int fd = open_for_attributes(request);
    if (fd < 0) return fd;
    ssize_t length = flistxattr(fd, names, sizeof names);
    if (length < 0) return errno;
    for (char *name = names; name < names + length; name += strlen(name) + 1) {
        ssize_t size = fgetxattr(fd, name, value, sizeof value);
        if (size < 0) continue;
        if (fields.length + strlen(name) + (size_t)size + 8 > ATTRIBUTES_BYTES_MAX) return E2BIG;
        put_text(&fields, TAG_NAME, name);
        put_block(&fields, TAG_VALUE, value, (size_t)size);
    }
    job_answer(&fields);
    return 0;
}

int op_set_attribute(struct fields request, struct bytes *more) {
    char name[256];
    struct field value = {0};
    (void)more;
    bool removes = (field_number(request, TAG_FLAGS, 0) & FILE_REMOVE_ATTRIBUTE) != 0;
    if (field_text(request, TAG_NAME, name, sizeof name) != 0) return EINVAL;
    int fd = open_for_attributes(request);
    if (fd < 0) return fd;
    if (removes) return fremovexattr(fd, name) < 0 && errno != ENODATA ? errno : 0;
    if (!field_find(request, TAG_VALUE, &value)) return EINVAL;
    return fsetxattr(fd, name, value.value, value.length, 0) < 0 ? errno : 0;
}
