// Makes the files of one layer in a folder that nobody else writes to.
//
//   unpack FOLDER < RECORDS
//
// The records come from a parser that has checked names and amounts; what is kept here is that no
// record, whatever came before it, reaches outside of the folder: the kernel resolves each parent
// beneath it and through no link. Answers nothing; what fails is said on standard error.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

enum kind { FILE_ = 1, FOLDER, LINK, HARDLINK, WHITEOUT, OPAQUE, SETTLE };
enum { PATH_BYTES = 4097, NAME_BYTES = 256, VALUE_BYTES = 65536, BUFFER_BYTES = 1 << 18 };

// Little endian, as both supported processors have it.
struct record {
  uint32_t kind, mode, uid, gid;
  int64_t seconds;
  uint32_t nanoseconds, path_bytes, target_bytes, attributes;
  uint64_t bytes;
};

static char path[PATH_BYTES], target[PATH_BYTES], value[VALUE_BYTES];
static char buffer[BUFFER_BYTES];
static int root = -1;
static char parent_path[PATH_BYTES];
static int parent = -1;

static _Noreturn void fail(const char *verb) {
  fprintf(stderr, "cannot %s %.300s: %s\n", verb, path, strerror(errno));
  exit(1);
}

static _Noreturn void fail_text(const char *text) {
  fprintf(stderr, "%s: %.300s\n", text, path);
  exit(1);
}

static bool read_all(void *into, size_t count) {
  size_t had = fread(into, 1, count, stdin);
  if (had == 0 && count > 0 && feof(stdin)) return false;
  if (had != count) fail_text("the records end too early");
  return true;
}

static void read_text(char *into, size_t count, size_t room) {
  if (count >= room) fail_text("a text is too long");
  if (count > 0 && !read_all(into, count)) fail_text("the records end too early");
  into[count] = 0;
}

// The folder at a path below the root, through no link; -1 where it is not there.
static int open_beneath(const char *below) {
  struct open_how how = {
      .flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
      .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
  };
  return (int)syscall(SYS_openat2, root, *below == 0 ? "." : below, &how, sizeof how);
}

static void make_folders(char *below) {
  for (char *at = strchr(below, '/');; at = strchr(at + 1, '/')) {
    if (at != NULL) *at = 0;
    if (mkdirat(root, below, 0755) != 0 && errno != EEXIST) fail("make a folder for");
    // Each level is opened anew, so that a link in the middle is noticed before anything is made in it.
    int made = open_beneath(below);
    if (made < 0) fail("go through a folder of");
    close(made);
    if (at == NULL) return;
    *at = '/';
  }
}

static int open_parent(const char *folder) {
  if (parent >= 0 && strcmp(folder, parent_path) == 0) return parent;
  int found = open_beneath(folder);
  if (found < 0 && errno == ENOENT) {
    char below[PATH_BYTES];
    strcpy(below, folder);
    make_folders(below);
    found = open_beneath(folder);
  }
  if (found < 0) fail("go through a folder of");
  if (parent >= 0) close(parent);
  parent = found;
  strcpy(parent_path, folder);
  return parent;
}

// Opens the folder of a path, and gives the last name.
static int place_of(char *whole, const char **name) {
  char *slash = strrchr(whole, '/');
  *name = slash == NULL ? whole : slash + 1;
  if (**name == 0 || strcmp(*name, ".") == 0 || strcmp(*name, "..") == 0) fail_text("a path has no name");
  char folder[PATH_BYTES] = "";
  if (slash != NULL) memcpy(folder, whole, (size_t)(slash - whole)), folder[slash - whole] = 0;
  return open_parent(folder);
}

// A later member of the same name counts; folders stay with what is in them.
static void make_room(int at, const char *name, bool keeps_folder) {
  struct stat found;
  if (fstatat(at, name, &found, AT_SYMLINK_NOFOLLOW) != 0) return;
  bool is_folder = S_ISDIR(found.st_mode);
  if (is_folder && keeps_folder) return;
  if (unlinkat(at, name, is_folder ? AT_REMOVEDIR : 0) != 0) fail("replace");
  // A folder that went may be the one that is remembered.
  if (is_folder && parent >= 0) close(parent), parent = -1;
}

static void set_attributes(int file, uint32_t count) {
  for (uint32_t each = 0; each < count; each += 1) {
    uint32_t lengths[2];
    char name[NAME_BYTES];
    if (!read_all(lengths, sizeof lengths)) fail_text("the records end too early");
    read_text(name, lengths[0], sizeof name);
    if (lengths[1] > sizeof value) fail_text("an attribute is too long");
    if (lengths[1] > 0 && !read_all(value, lengths[1])) fail_text("the records end too early");
    // A file system without attributes loses them, as it would with any other tool.
    if (fsetxattr(file, name, value, lengths[1], 0) != 0 && errno != ENOTSUP && errno != EPERM) fail("set an attribute of");
  }
}

static void set_times(int at, const char *name, const struct record *each) {
  struct timespec times[2] = {{each->seconds, each->nanoseconds}, {each->seconds, each->nanoseconds}};
  if (utimensat(at, name, times, AT_SYMLINK_NOFOLLOW) != 0) fail("set the time of");
}

static void fill(int file, uint64_t left) {
  while (left > 0) {
    size_t part = left < sizeof buffer ? (size_t)left : sizeof buffer;
    if (!read_all(buffer, part)) fail_text("the records end within a file");
    for (size_t done = 0; done < part;) {
      ssize_t written = write(file, buffer + done, part - done);
      if (written < 0 && errno != EINTR) fail("write");
      if (written > 0) done += (size_t)written;
    }
    left -= part;
  }
}

static void make_file(int at, const char *name, const struct record *each) {
  int file = openat(at, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) fail("make");
  // Owners first: changing them takes the set-user-id bit and capabilities away.
  if (fchown(file, each->uid, each->gid) != 0) fail("give away");
  set_attributes(file, each->attributes);
  fill(file, each->bytes);
  if (fchmod(file, each->mode & 07777) != 0) fail("set the mode of");
  struct timespec times[2] = {{each->seconds, each->nanoseconds}, {each->seconds, each->nanoseconds}};
  if (futimens(file, times) != 0) fail("set the time of");
  if (close(file) != 0) fail("write");
}

static int open_folder(int at, const char *name) {
  int folder = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (folder < 0) fail("open the folder");
  return folder;
}

static void make_folder(int at, const char *name, const struct record *each) {
  if (mkdirat(at, name, 0755) != 0 && errno != EEXIST) fail("make the folder");
  int folder = open_folder(at, name);
  if (fchown(folder, each->uid, each->gid) != 0) fail("give away");
  set_attributes(folder, each->attributes);
  if (fchmod(folder, each->mode & 07777) != 0) fail("set the mode of");
  close(folder);
}

static void make_opaque(int at, const char *name) {
  if (mkdirat(at, name, 0755) != 0 && errno != EEXIST) fail("make the folder");
  int folder = open_folder(at, name);
  if (fsetxattr(folder, "trusted.overlay.opaque", "y", 1, 0) != 0) fail("make opaque");
  close(folder);
}

static void make_hardlink(int at, const char *name) {
  char other[PATH_BYTES];
  strcpy(other, target);
  const char *other_name;
  int kept = dup(at);
  if (kept < 0) fail("remember the folder of");
  int from = place_of(other, &other_name);
  // Flags 0: a link is linked itself, not what it leads to.
  if (linkat(from, other_name, kept, name, 0) != 0) fail("link");
  close(kept);
}

static void settle_root(const struct record *each) {
  if (fchown(root, each->uid, each->gid) != 0 || fchmod(root, each->mode & 07777) != 0) fail("set the mode of");
}

static void run(const struct record *each) {
  if (*path == 0) {
    if (each->kind == FOLDER) settle_root(each);
    else if (each->kind == OPAQUE) {
      if (fsetxattr(root, "trusted.overlay.opaque", "y", 1, 0) != 0) fail("make opaque");
    } else if (each->kind != SETTLE) fail_text("a path has no name");
    if (each->attributes > 0) set_attributes(root, each->attributes);
    return;
  }
  const char *name;
  int at = place_of(path, &name);
  if (each->kind != SETTLE && each->kind != OPAQUE) {
    make_room(at, name, each->kind == FOLDER);
    at = place_of(path, &name);
  }
  switch (each->kind) {
    case FILE_: make_file(at, name, each); break;
    case FOLDER: make_folder(at, name, each); break;
    case LINK:
      if (symlinkat(target, at, name) != 0) fail("make the link");
      if (fchownat(at, name, each->uid, each->gid, AT_SYMLINK_NOFOLLOW) != 0) fail("give away");
      set_times(at, name, each);
      break;
    case HARDLINK: make_hardlink(at, name); break;
    case WHITEOUT:
      if (mknodat(at, name, S_IFCHR, makedev(0, 0)) != 0) fail("hide");
      break;
    case OPAQUE: make_opaque(at, name); break;
    case SETTLE: set_times(at, name, each); break;
    default: fail_text("a record is of no known kind");
  }
}

int main(int count, char **words) {
  if (count != 2) return fprintf(stderr, "usage: unpack FOLDER\n"), 2;
  umask(0);
  root = open(words[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  snprintf(path, sizeof path, "%s", words[1]);
  if (root < 0) fail("open");
  struct record each;
  while (read_all(&each, sizeof each)) {
    read_text(path, each.path_bytes, sizeof path);
    read_text(target, each.target_bytes, sizeof target);
    run(&each);
  }
  // What is renamed into its place afterwards is whole after a crash too.
  if (syncfs(root) != 0) fail("settle");
  return 0;
}
