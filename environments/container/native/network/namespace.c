#define _GNU_SOURCE
#include "network.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

// Where iproute2 has named name spaces.
#define FOLDER "/run/netns"

enum { PATH_MAX_BYTES = 128 };

static void path_of(const char *name, char *path) {
  if (snprintf(path, PATH_MAX_BYTES, FOLDER "/%s", name) < PATH_MAX_BYTES && strchr(name, '/') == NULL) return;
  errno = EINVAL;
  fail("name", name);
}

// Shared, so that a name that is taken away here is gone in other mount name spaces too.
static void share_folder(void) {
  if (mkdir(FOLDER, 0755) != 0 && errno != EEXIST) fail("make", FOLDER);
  if (mount("", FOLDER, "none", MS_SHARED | MS_REC, NULL) == 0) return;
  if (errno != EINVAL) fail("share", FOLDER);
  if (mount(FOLDER, FOLDER, "none", MS_BIND | MS_REC, NULL) != 0) fail("bind", FOLDER);
  if (mount("", FOLDER, "none", MS_SHARED | MS_REC, NULL) != 0) fail("share", FOLDER);
}

void enter_new_namespace(const char *name) {
  char path[PATH_MAX_BYTES];
  path_of(name, path);
  share_folder();
  int file = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0);
  if (file < 0) fail("make", path);
  close(file);
  if (unshare(CLONE_NEWNET) != 0) fail("make", "a network");
  if (mount("/proc/thread-self/ns/net", path, "none", MS_BIND, NULL) != 0) fail("name", path);
}

void forget_namespace(const char *name) {
  char path[PATH_MAX_BYTES];
  path_of(name, path);
  if (umount2(path, MNT_DETACH) != 0 && errno != EINVAL && errno != ENOENT) fail("unmount", path);
  if (unlink(path) != 0 && errno != ENOENT) fail("remove", path);
}

static void set(const char *path, const char *value) {
  int file = open(path, O_WRONLY | O_CLOEXEC);
  // A kernel without IPv6 has nothing to turn off.
  if (file < 0 && errno == ENOENT) return;
  if (file < 0 || write(file, value, strlen(value)) != (ssize_t)strlen(value)) fail("set", path);
  close(file);
}

// No IPv6; ports below 1024 and echo requests need no privilege, as nothing else uses them here.
void settle_kernel(void) {
  set("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
  set("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
  set("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0");
  set("/proc/sys/net/ipv4/ping_group_range", "0 2147483647");
}
