// Follows a random cycle through 1 MiB: bound by memory.
enum { size = 1 << 18 };
static int next[size];

__attribute__((export_name("run"))) int run(int n) {
  unsigned seed = 7;
  for (int i = 0; i < size; i++) next[i] = i;
  // Sattolo's shuffle leaves one cycle.
  for (int i = size - 1; i > 0; i--) {
    seed = seed * 1103515245u + 12345u;
    int j = (int)((seed >> 8) % (unsigned)i);
    int kept = next[i];
    next[i] = next[j];
    next[j] = kept;
  }
  int at = 0;
  for (int r = 0; r < n; r++) at = next[at];
  return at;
}
