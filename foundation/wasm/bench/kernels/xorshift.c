// A random generator in one tight loop.
__attribute__((export_name("run"))) int run(int n) {
  unsigned long long x = 88172645463325252ull, sum = 0;
  for (int r = 0; r < n; r++) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    sum += x;
  }
  return (int)(sum >> 32);
}
