#include "transport.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include "kernel.h"
#include "poller.h"
#include "session.h"
#include "text.h"

#define BACKLOG 16
#define FIRST_OWN_FD 10

static int listener = -1;
static bool is_vsock;
static char socket_path[108];

static void set_nonblocking(int fd) { fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK); }

static int open_stdio(void) {
    int in = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, FIRST_OWN_FD);
    int out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, FIRST_OWN_FD);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (in < 0 || out < 0 || null < 0) return errno;
    /* What prints by mistake must not get between the frames. */
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    close(null);
    set_nonblocking(in);
    set_nonblocking(out);
    session_open(in, out, false);
    return 0;
}

static int listen_on(int family, const void *address, socklen_t size) {
    listener = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener < 0) return errno;
    mode_t before = umask(0177);
    int result = bind(listener, address, size);
    umask(before);
    if (result < 0 || listen(listener, BACKLOG) < 0) return errno;
    return 0;
}

static int open_unix(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) return ENAMETOOLONG;
    strcpy(address.sun_path, path);
    /* What an agent that was killed left behind. */
    struct stat stat;
    if (lstat(path, &stat) == 0 && S_ISSOCK(stat.st_mode)) unlink(path);
    int error = listen_on(AF_UNIX, &address, sizeof address);
    if (error == 0) strcpy(socket_path, path);
    return error;
}

static int open_vsock(const char *port) {
    struct sockaddr_vsock address = {.family = AF_VSOCK, .port = (uint32_t)strtoul(port, NULL, 10),
                                     .cid = VMADDR_CID_ANY};
    is_vsock = true;
    return listen_on(AF_VSOCK, &address, sizeof address);
}

static int adopt_listener(const char *number) {
    listener = atoi(number);
    if (listener < 4) return EBADF;
    set_nonblocking(listener);
    return fcntl(listener, F_SETFD, FD_CLOEXEC) < 0 ? errno : 0;
}

static int open_device(const char *path) {
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) return errno;
    session_open(fd, fd, true);
    return 0;
}

/* What the kernel tells of a port of virtio-serial. */
static bool read_port(const char *port, const char *what, char *text, size_t size) {
    char path[320];
    if (!text_join(path, sizeof path, "/sys/class/virtio-ports/", port, "/", what, NULL)) return false;
    if (!read_text(path, text, size)) return false;
    text[strcspn(text, "\n")] = 0;
    return true;
}

static void make_device(const char *path, const char *numbers) {
    uint64_t major, minor;
    if (access(path, F_OK) == 0 || !take_number(&numbers, 10, &major) || *numbers++ != ':') return;
    if (!take_number(&numbers, 10, &minor)) return;
    if (mknod(path, S_IFCHR | 0600, makedev((unsigned int)major, (unsigned int)minor)) < 0) {
        log_line(path, errno);
    }
}

/* A port of virtio-serial by the name that the host gave it. */
static int open_virtio(const char *wanted) {
    char path[320] = "", name[128], numbers[32];
    DIR *folder = opendir("/sys/class/virtio-ports");
    if (folder == NULL) return errno;
    for (struct dirent *entry; path[0] == 0 && (entry = readdir(folder)) != NULL;) {
        if (!read_port(entry->d_name, "name", name, sizeof name) || strcmp(name, wanted) != 0) continue;
        if (!read_port(entry->d_name, "dev", numbers, sizeof numbers)) continue;
        text_join(path, sizeof path, "/dev/", entry->d_name, NULL);
    }
    closedir(folder);
    if (path[0] == 0) return ENODEV;
    make_device(path, numbers);
    return open_device(path);
}

static const char *after(const char *text, const char *prefix) {
    size_t length = strlen(prefix);
    return strncmp(text, prefix, length) == 0 ? text + length : NULL;
}

int transport_open(const char *where) {
    const char *rest;
    if (strcmp(where, "stdio") == 0) return open_stdio();
    if ((rest = after(where, "unix:")) != NULL) return open_unix(rest);
    if ((rest = after(where, "fd:")) != NULL) return adopt_listener(rest);
    if ((rest = after(where, "vsock:")) != NULL) return open_vsock(rest);
    if ((rest = after(where, "device:")) != NULL) return open_device(rest);
    if ((rest = after(where, "virtio:")) != NULL) return open_virtio(rest);
    return EINVAL;
}

/* Programs inside the machine can reach a vsock port too; only the host is let in. */
static bool is_from_host(int fd) {
    struct sockaddr_vsock peer;
    socklen_t size = sizeof peer;
    if (!is_vsock) return true;
    return getpeername(fd, (struct sockaddr *)&peer, &size) == 0 && peer.cid == VMADDR_CID_HOST;
}

static void on_connection(void *owner, short events) {
    (void)owner;
    (void)events;
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) return;
    if (!is_from_host(fd) || session_open(fd, fd, false) == NULL) close(fd);
}

void transport_prepare(void) { poller_want(listener, POLLIN, on_connection, NULL); }

bool transport_is_over(void) { return listener < 0 && sessions_are_gone(); }

void transport_close(void) {
    if (listener >= 0) close(listener);
    listener = -1;
    if (socket_path[0] != 0) unlink(socket_path);
}
