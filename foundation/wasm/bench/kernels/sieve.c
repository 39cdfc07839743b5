// Sieve of Eratosthenes: a tight inner loop of stores.
enum { size = 1 << 20 };
static unsigned char composite[size];

__attribute__((export_name("run"))) int run(int n) {
  int count = 0;
  for (int r = 0; r < n; r++) {
    count = 0;
    __builtin_memset(composite, 0, sizeof composite);
    for (int i = 2; i < size; i++) {
      if (composite[i]) continue;
      count++;
      if (i < 1024)
        for (int j = i * i; j < size; j += i) composite[j] = 1;
    }
  }
  return count;
}
