// Quicksort of pseudo-random integers, recursing into the smaller part.
enum { size = 100000 };
static int items[size];

static void sort(int *low, int *high) {
  while (low < high) {
    int pivot = low[(high - low) / 2];
    int *i = low, *j = high;
    while (i <= j) {
      while (*i < pivot) i++;
      while (*j > pivot) j--;
      if (i <= j) {
        int kept = *i;
        *i++ = *j;
        *j-- = kept;
      }
    }
    if (j - low < high - i) {
      sort(low, j);
      low = i;
    } else {
      sort(i, high);
      high = j;
    }
  }
}

__attribute__((export_name("run"))) int run(int n) {
  unsigned seed = 1;
  for (int r = 0; r < n; r++) {
    for (int i = 0; i < size; i++) {
      seed = seed * 1664525u + 1013904223u;
      items[i] = (int)(seed >> 1);
    }
    sort(items, items + size - 1);
  }
  return items[size / 2];
}
