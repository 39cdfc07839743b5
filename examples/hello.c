/* The smallest program worth running: one line on the standard output. */
#include <unistd.h>

int main(void) {
  static const char line[] = "Hello from WebAssembly\n";
  return write(STDOUT_FILENO, line, sizeof line - 1) == sizeof line - 1 ? 0 : 1;
}
