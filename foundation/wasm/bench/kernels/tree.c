// A binary search tree in an arena: insert and walk, with small recursive functions.
typedef struct node { int key; struct node *left, *right; } node;
enum { size = 20000 };
static node arena[size];
static int used;

static node *insert(node *at, int key) {
  if (!at) {
    node *fresh = &arena[used++];
    fresh->key = key;
    fresh->left = fresh->right = 0;
    return fresh;
  }
  if (key < at->key) at->left = insert(at->left, key);
  else at->right = insert(at->right, key);
  return at;
}

static int walk(const node *at) { return at ? walk(at->left) + at->key + walk(at->right) : 0; }

__attribute__((export_name("run"))) int run(int n) {
  int sum = 0;
  for (int r = 0; r < n; r++) {
    unsigned seed = 11;
    node *root = 0;
    used = 0;
    for (int i = 0; i < size; i++) {
      seed = seed * 1664525u + 1013904223u;
      root = insert(root, (int)(seed >> 8));
    }
    sum += walk(root);
  }
  return sum;
}
