// Copies the image of a mounted file system as it is now: what is still in memory is written to it first,
// and what its files gave up is left out. Says where the copy has data: a line `OFFSET BYTES` for each
// stretch. Whoever writes to the file system has to stand still meanwhile.
//
//   imprint MOUNTED IMAGE COPY    COPY must not be there
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

static _Noreturn void fail(const char *verb, const char *what) {
  fprintf(stderr, "cannot %s %s: %s\n", verb, what, strerror(errno));
  exit(1);
}

// Where the device cannot give blocks back, what was deleted is copied as well.
static void settle(const char *mounted) {
  int folder = open(mounted, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) fail("open", mounted);
  if (syncfs(folder) != 0) fail("settle", mounted);
  struct fstrim_range all = {.len = ULLONG_MAX};
  ioctl(folder, FITRIM, &all);
  close(folder);
}

// Between file systems the kernel does not copy by itself.
static ssize_t copy_some(int from, int to, off_t at, size_t bytes) {
  static char buffer[1 << 20];
  off_t read_at = at, write_at = at;
  ssize_t done = copy_file_range(from, &read_at, to, &write_at, bytes, 0);
  if (done > 0 || (done < 0 && errno != EXDEV && errno != EINVAL && errno != EOPNOTSUPP)) return done;
  ssize_t got = pread(from, buffer, bytes < sizeof buffer ? bytes : sizeof buffer, at);
  return got <= 0 ? got : pwrite(to, buffer, (size_t)got, at);
}

static void copy_stretch(int from, int to, off_t at, off_t end) {
  while (at < end) {
    ssize_t done = copy_some(from, to, at, (size_t)(end - at));
    if (done == 0) errno = EIO;
    if (done <= 0) fail("copy", "the image");
    at += done;
  }
}

// A copy that shares its blocks with the original is there at once.
static void copy_image(int from, int to) {
  struct stat what;
  int is_shared = ioctl(to, FICLONE, from) == 0;
  if (fstat(from, &what) != 0 || ftruncate(to, what.st_size) != 0) fail("size", "the copy");
  for (off_t hole = 0;;) {
    off_t data = lseek(from, hole, SEEK_DATA);
    if (data < 0 && errno == ENXIO) return;
    hole = data < 0 ? -1 : lseek(from, data, SEEK_HOLE);
    if (hole < 0) fail("look at", "the image");
    if (!is_shared) copy_stretch(from, to, data, hole);
    printf("%lld %lld\n", (long long)data, (long long)(hole - data));
  }
}

int main(int count, char **words) {
  if (count != 4) {
    fputs("usage: imprint MOUNTED IMAGE COPY\n", stderr);
    return 2;
  }
  settle(words[1]);
  int from = open(words[2], O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (from < 0) fail("open", words[2]);
  int to = open(words[3], O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (to < 0) fail("make", words[3]);
  copy_image(from, to);
  return 0;
}
