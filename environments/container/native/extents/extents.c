// Tells where a sparse file has data: a line `OFFSET BYTES` for each stretch.
//
//   extents FILE
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int count, char **words) {
  int file = count == 2 ? open(words[1], O_RDONLY | O_CLOEXEC) : -1;
  for (off_t hole = 0; file >= 0;) {
    off_t data = lseek(file, hole, SEEK_DATA);
    if (data < 0 && errno == ENXIO) return 0;
    hole = data < 0 ? -1 : lseek(file, data, SEEK_HOLE);
    if (hole < 0) break;
    printf("%lld %lld\n", (long long)data, (long long)(hole - data));
  }
  fprintf(stderr, "cannot look at the file: %s\n", strerror(count == 2 ? errno : EINVAL));
  return 1;
}
