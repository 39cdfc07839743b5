#define _GNU_SOURCE
#include "warden.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

// Another process may take the free device between the question and the answer.
enum { ATTEMPTS_MAX = 64 };

static int free_device(int control, char *device, size_t size) {
  int number = ioctl(control, LOOP_CTL_GET_FREE);
  if (number < 0) fail("find", "a free loop device");
  snprintf(device, size, "/dev/loop%d", number);
  return open(device, O_RDWR | O_CLOEXEC);
}

// Autoclear: the kernel gives the device back when nothing has it open or mounted.
int open_loop(const char *image, int writable, char *device, size_t size) {
  int backing = open(image, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW);
  if (backing < 0) fail("open", image);
  int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
  if (control < 0) fail("open", "/dev/loop-control");
  __u32 flags = LO_FLAGS_AUTOCLEAR | (writable ? 0 : LO_FLAGS_READ_ONLY);
  struct loop_config config = {.fd = (__u32)backing, .info = {.lo_flags = flags}};
  snprintf((char *)config.info.lo_file_name, LO_NAME_SIZE, "%s", image);
  for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    int held = free_device(control, device, size);
    if (held < 0 && errno != ENOENT && errno != ENXIO) fail("open", device);
    if (held >= 0 && ioctl(held, LOOP_CONFIGURE, &config) == 0) {
      close(control);
      close(backing);
      return held;
    }
    if (held >= 0 && errno != EBUSY && errno != ENXIO) fail("configure", device);
    if (held >= 0) close(held);
  }
  fail_text("cannot find a free loop device: others were always faster");
}
