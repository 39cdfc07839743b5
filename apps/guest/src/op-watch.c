/* Watching a folder, and all below it, for changes. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "op.h"
#include "text.h"

/* Folders that one watch follows. */
#define FOLDERS_MAX 8192
#define WATCHED (IN_CREATE | IN_CLOSE_WRITE | IN_MODIFY | IN_ATTRIB | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO)
#define WATCH_DEPTH_MAX 64
#define LOOK_AGAIN_MS 250

struct folder {
    int watch;
    /* Relative to what is watched; "" is that itself. */
    char *path;
};

static struct folder folders[FOLDERS_MAX];
static unsigned int folder_count;
static int inotify_fd = -1, watched_fd = -1;
static bool is_recursive;

static struct folder *find_folder(int watch) {
    for (unsigned int at = 0; at < folder_count; at++) {
        if (folders[at].watch == watch) return &folders[at];
    }
    return NULL;
}

static void forget_folder(struct folder *folder) {
    free(folder->path);
    *folder = folders[--folder_count];
}

static void tell(enum watch_event event, const char *path, bool is_folder) {
    struct bytes fields = {0};
    put_number(&fields, TAG_EVENT, event);
    put_text(&fields, TAG_PATH, path);
    put_number(&fields, TAG_TYPE, is_folder ? TYPE_FOLDER : TYPE_FILE);
    job_item(&fields);
    bytes_free(&fields);
}

/* By its descriptor: a path could have become another folder's meanwhile. */
static int add_watch(int fd, const char *path) {
    char name[40], number[NUMBER_TEXT_BYTES];
    text_join(name, sizeof name, "/proc/self/fd/", decimal_of((uint64_t)fd, number), NULL);
    int watch = inotify_add_watch(inotify_fd, name, WATCHED | IN_ONLYDIR);
    if (watch < 0) return errno == ENOSPC ? ENOMEM : errno;
    struct folder *known = find_folder(watch);
    if (known == NULL && folder_count == FOLDERS_MAX) return ENOMEM;
    if (known == NULL) known = &folders[folder_count++];
    free(known->path);
    *known = (struct folder){watch, must_copy_text(path, strlen(path))};
    return 0;
}

static bool join(char *target, const char *folder, const char *name) {
    return text_join(target, PATH_BYTES, folder, folder[0] == 0 ? "" : "/", name, NULL);
}

static int watch_tree(int fd, const char *path, int depth, bool tells);

static int watch_entry(int parent, const char *path, const struct dirent *entry, int depth, bool tells) {
    char below[PATH_BYTES];
    const char *name = entry->d_name;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || !join(below, path, name)) return 0;
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    /* What was made before its folder was watched made no event of its own. */
    if (tells) tell(EVENT_CREATE, below, fd >= 0);
    return fd < 0 ? 0 : watch_tree(fd, below, depth + 1, tells);
}

/* Owns `fd`. */
static int watch_tree(int fd, const char *path, int depth, bool tells) {
    int error = add_watch(fd, path);
    DIR *folder = error == 0 && is_recursive && depth < WATCH_DEPTH_MAX ? fdopendir(fd) : NULL;
    if (folder == NULL) {
        close(fd);
        return error;
    }
    for (struct dirent *entry; error == 0 && (entry = readdir(folder)) != NULL;) {
        error = watch_entry(fd, path, entry, depth, tells);
    }
    closedir(folder);
    return error;
}

/* A folder that appeared is watched too, with what is in it already. */
static int follow_new(const char *path) {
    int fd = path_open_below(watched_fd, path, O_RDONLY | O_DIRECTORY);
    return fd < 0 ? 0 : watch_tree(fd, path, 1, true);
}

static enum watch_event event_of(uint32_t mask) {
    if ((mask & (IN_CREATE | IN_MOVED_TO)) != 0) return EVENT_CREATE;
    if ((mask & IN_DELETE) != 0) return EVENT_REMOVE;
    if ((mask & IN_MOVED_FROM) != 0) return EVENT_RENAME;
    return (mask & IN_ATTRIB) != 0 ? EVENT_CHMOD : EVENT_WRITE;
}

static int obey(const struct inotify_event *event) {
    char path[PATH_BYTES];
    struct folder *folder = find_folder(event->wd);
    bool is_folder = (event->mask & IN_ISDIR) != 0;
    if ((event->mask & IN_Q_OVERFLOW) != 0) tell(EVENT_OVERFLOW, "", true);
    if (folder == NULL) return 0;
    if ((event->mask & IN_IGNORED) != 0) {
        bool is_whole = folder->path[0] == 0;
        forget_folder(folder);
        /* What was watched is gone, and nothing more can come. */
        return is_whole ? ENOENT : 0;
    }
    if (event->len == 0 || !join(path, folder->path, event->name)) return 0;
    enum watch_event kind = event_of(event->mask);
    tell(kind, path, is_folder);
    return kind == EVENT_CREATE && is_folder && is_recursive ? follow_new(path) : 0;
}

static int read_events(void) {
    static char buffer[16384] __attribute__((aligned(__alignof__(struct inotify_event))));
    ssize_t got = read(inotify_fd, buffer, sizeof buffer);
    if (got < 0) return errno == EINTR || errno == EAGAIN ? 0 : errno;
    for (ssize_t at = 0; at < got;) {
        const struct inotify_event *event = (const struct inotify_event *)(const void *)(buffer + at);
        int error = obey(event);
        if (error != 0) return error;
        at += (ssize_t)(sizeof *event + event->len);
    }
    return 0;
}

/* The kernel tells the end of a folder only when nobody holds it, and we do. */
static bool is_gone(void) {
    struct stat stat;
    return fstat(watched_fd, &stat) < 0 || stat.st_nlink == 0;
}

int op_watch(struct fields request, struct bytes *more) {
    char path[PATH_BYTES];
    struct bytes none = {0};
    (void)more;
    is_recursive = (field_number(request, TAG_FLAGS, 0) & FILE_RECURSIVE) != 0;
    int error = path_of(request, TAG_PATH, path);
    if (error != 0) return error;
    watched_fd = path_open(path, O_RDONLY | O_DIRECTORY, 0);
    if (watched_fd < 0) return watched_fd;
    inotify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (inotify_fd < 0) return errno;
    error = watch_tree(dup(watched_fd), "", 0, false);
    if (error != 0) return error;
    job_answer(&none);
    struct pollfd waits[2] = {{.fd = inotify_fd, .events = POLLIN}, {.fd = job_socket(), .events = 0}};
    while (error == 0) {
        int ready = poll(waits, 2, LOOK_AGAIN_MS);
        if (ready < 0 && errno != EINTR) return errno;
        if (ready == 0 && is_gone()) return ENOENT;
        if (ready > 0 && waits[1].revents != 0) _exit(0);
        if (ready > 0 && waits[0].revents != 0) error = read_events();
    }
    return error;
}
