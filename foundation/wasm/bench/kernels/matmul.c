// Product of two square matrices of doubles.
enum { size = 96 };
static double a[size][size], b[size][size], c[size][size];

__attribute__((export_name("run"))) double run(int n) {
  for (int i = 0; i < size; i++)
    for (int j = 0; j < size; j++) {
      a[i][j] = i * 0.5 + j;
      b[i][j] = j * 0.25 - i;
    }
  double trace = 0;
  for (int r = 0; r < n; r++) {
    for (int i = 0; i < size; i++)
      for (int j = 0; j < size; j++) {
        double sum = 0;
        for (int l = 0; l < size; l++) sum += a[i][l] * b[l][j];
        c[i][j] = sum;
      }
    trace += c[r % size][r % size];
  }
  return trace;
}
