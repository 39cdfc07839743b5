#define _GNU_SOURCE
#include "warden.h"

#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <errno.h>

// The C library may be older than these calls; their numbers are the same on every architecture.
enum { NR_OPEN_TREE = 428, NR_MOVE_MOUNT = 429, NR_MOUNT_SETATTR = 442 };
enum { TREE_CLONE = 1, MOVE_EMPTY_PATH = 4 };
enum { ATTR_RDONLY = 1, ATTR_NOSUID = 2, ATTR_NODEV = 4, ATTR_IDMAP = 0x100000 };

struct attributes {
  uint64_t set, clear, propagation, userns;
};

// Nothing that is mounted from here on is seen by anyone else, and all of it goes with its last
// process: there is nothing to clean up after a crash.
void enter_mount_namespace(void) {
  if (unshare(CLONE_NEWNS) != 0) fail("leave", "the mount namespace");
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) fail("make private", "/");
}

// Several may read one image, each by a device of its own: none of them may write a byte of it.
void mount_loop(const char *image, const char *target, int writable) {
  char device[64];
  int held = open_loop(image, writable, device, sizeof device);
  unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOATIME | (writable ? 0 : MS_RDONLY);
  if (mount(device, target, "ext4", flags, "errors=remount-ro,nodiscard,noinit_itable") != 0) fail("mount", image);
  close(held);
}

void mount_tmpfs(const char *target, const char *options) {
  if (mount("tmpfs", target, "tmpfs", MS_NOSUID | MS_NODEV, options) != 0) fail("mount", target);
}

static int clone_tree(const char *source) {
  int tree = (int)syscall(NR_OPEN_TREE, AT_FDCWD, source, TREE_CLONE | O_CLOEXEC);
  if (tree < 0) fail("open", source);
  return tree;
}

static void place_tree(int tree, const char *target) {
  if (syscall(NR_MOVE_MOUNT, tree, "", AT_FDCWD, target, MOVE_EMPTY_PATH) != 0) fail("mount at", target);
  close(tree);
}

static uint64_t flags_of(const char *mode) {
  return ATTR_NOSUID | ATTR_NODEV | (strcmp(mode, "ro") == 0 ? ATTR_RDONLY : 0);
}

void mount_shifted(struct plan *plan, const char *source, const char *target, const char *mode) {
  if (plan->userns < 0) fail_text("cannot shift a mount before map");
  int tree = clone_tree(source);
  struct attributes wanted = {.set = flags_of(mode) | ATTR_IDMAP, .userns = (uint64_t)plan->userns};
  if (syscall(NR_MOUNT_SETATTR, tree, "", AT_EMPTY_PATH, &wanted, sizeof wanted) != 0) fail("shift", source);
  place_tree(tree, target);
}

void mount_plain(const char *source, const char *target, const char *mode) {
  int tree = clone_tree(source);
  struct attributes wanted = {.set = flags_of(mode)};
  if (syscall(NR_MOUNT_SETATTR, tree, "", AT_EMPTY_PATH, &wanted, sizeof wanted) != 0) fail("bound", source);
  place_tree(tree, target);
}

// The kernel writes to the upper layer as whoever mounted it, and that has to be somebody whom the
// shifted layer knows: the machine's own root.
// The lower folders are named from the folder that the target is in: a page has to hold all names.
void mount_overlay(struct plan *plan, const char *target, const char *options) {
  char folder[TEXT_MAX];
  const char *slash = strrchr(target, '/');
  if (slash == NULL || (size_t)(slash - target) >= sizeof folder) fail_text("cannot overlay: the path is too long");
  memcpy(folder, target, (size_t)(slash - target));
  folder[slash - target] = 0;
  if (chdir(folder) != 0) fail("enter", folder);
  unsigned long flags = MS_NOSUID | MS_NODEV;
  if (plan->userns >= 0) act_as(plan->first);
  if (mount("overlay", target, "overlay", flags, options) != 0) fail("overlay", target);
  if (plan->userns >= 0) act_as(0);
  if (chdir("/") != 0) fail("enter", "/");
}

void make_folder(const char *path, const char *mode) {
  mode_t bits = (mode_t)strtoul(mode, NULL, 8);
  if (mkdir(path, bits) != 0 && errno != EEXIST) fail("make", path);
  if (chmod(path, bits) != 0) fail("set the mode of", path);
}

void move_mounted(const char *source, const char *target) {
  if (mount(source, target, NULL, MS_MOVE, NULL) != 0) fail("move", source);
}

void unmount(const char *path) {
  if (umount2(path, MNT_DETACH) != 0 && errno != EINVAL) fail("unmount", path);
}
