#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bytes.h"
#include "text.h"

struct mount_point {
    const char *type, *path, *data;
    unsigned long flags;
};

static const struct mount_point mount_points[] = {
    {"proc", "/proc", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC},
    {"sysfs", "/sys", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC},
    {"devtmpfs", "/dev", "mode=0755", MS_NOSUID},
    {"devpts", "/dev/pts", "newinstance,ptmxmode=0666,mode=0620,gid=5", MS_NOSUID | MS_NOEXEC},
    {"tmpfs", "/dev/shm", "mode=1777", MS_NOSUID | MS_NODEV},
    {"cgroup2", "/sys/fs/cgroup", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC},
    {"tmpfs", "/run", "mode=0755", MS_NOSUID | MS_NODEV},
};

/* A folder on another device than its parent is one that someone has mounted already. */
static bool is_mounted(const char *path) {
    char parent[64];
    struct stat here, above;
    text_join(parent, sizeof parent, path, "/..", NULL);
    return stat(path, &here) == 0 && stat(parent, &above) == 0 && here.st_dev != above.st_dev;
}

/* There is one devtmpfs for all of a kernel: where devices are there already, it may be someone else's. */
static bool is_furnished(const struct mount_point *point) {
    return strcmp(point->path, "/dev") == 0 && access("/dev/null", F_OK) == 0;
}

static void mount_all(void) {
    for (size_t at = 0; at < sizeof mount_points / sizeof *mount_points; at++) {
        const struct mount_point *point = &mount_points[at];
        mkdir(point->path, 0755);
        if (is_mounted(point->path) || is_furnished(point)) continue;
        if (mount(point->type, point->path, point->type, point->flags, point->data) == 0) continue;
        log_line(point->path, errno);
    }
}

static void link_missing(void) {
    static const char *const links[][2] = {{"pts/ptmx", "/dev/ptmx"},
                                           {"/proc/self/fd", "/dev/fd"},
                                           {"/proc/self/fd/0", "/dev/stdin"},
                                           {"/proc/self/fd/1", "/dev/stdout"},
                                           {"/proc/self/fd/2", "/dev/stderr"}};
    for (size_t at = 0; at < sizeof links / sizeof *links; at++) {
        if (symlink(links[at][0], links[at][1]) < 0 && errno != EEXIST) log_line(links[at][1], errno);
    }
}

static void raise_loopback(void) {
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq request = {.ifr_name = "lo"};
    if (fd < 0) return;
    if (ioctl(fd, SIOCGIFFLAGS, &request) == 0) {
        request.ifr_flags |= IFF_UP | IFF_RUNNING;
        if (ioctl(fd, SIOCSIFFLAGS, &request) < 0) log_line("loopback", errno);
    }
    close(fd);
}

static void write_setting(const char *path, const char *value) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return;
    if (write(fd, value, strlen(value)) < 0) log_line(path, errno);
    close(fd);
}

static void open_standard(void) {
    int fd = open("/dev/console", O_RDWR | O_NOCTTY);
    if (fd < 0) fd = open("/dev/null", O_RDWR);
    for (int at = 0; at < 3; at++) {
        if (fcntl(at, F_GETFD) < 0 && fd >= 0) dup2(fd, at);
    }
    if (fd > 2) close(fd);
}

void init_machine(void) {
    umask(022);
    mount_all();
    link_missing();
    open_standard();
    raise_loopback();
    write_setting("/proc/sys/dev/tty/legacy_tiocsti", "0");
    write_setting("/proc/self/oom_score_adj", "-1000");
}

bool init_parameter(const char *name, char *value, size_t size) {
    char line[4096], *rest = line;
    bool is_read = read_text("/proc/cmdline", line, sizeof line);
    size_t length = strlen(name);
    if (is_read) line[strcspn(line, "\n")] = 0;
    for (char *word; is_read && (word = strsep(&rest, " ")) != NULL;) {
        if (strncmp(word, name, length) != 0 || word[length] != '=') continue;
        text_copy(value, size, word + length + 1);
        return true;
    }
    return false;
}
