// A recursive-descent reader of JSON text that sums what it finds.
static char text[1 << 16];
static int length;

static void add(const char *piece) { while (*piece) text[length++] = *piece++; }

static void make(void) {
  length = 0;
  add("[");
  for (int i = 0; i < 400; i++) {
    if (i) add(",");
    add("{\"id\": 1234, \"name\": \"some \\\"quoted\\\" text\", \"tags\": [1, 2.5, -3e2, true, null],"
        " \"inner\": {\"deep\": [[[]]], \"flag\": false}}");
  }
  add("]");
  text[length] = 0;
}

static const char *at;

static void space(void) { while (*at == ' ' || *at == '\n' || *at == '\t') at++; }

static int string(void) {
  int sum = 0;
  at++;
  while (*at && *at != '"') {
    if (*at == '\\') at++;
    sum += *at++;
  }
  at++;
  return sum;
}

static int number(void) {
  int value = 0, sign = 1;
  if (*at == '-') { sign = -1; at++; }
  while ((*at >= '0' && *at <= '9') || *at == '.' || *at == 'e' || *at == '+' || *at == '-') {
    if (*at >= '0' && *at <= '9') value = value * 10 + (*at - '0');
    at++;
  }
  return sign * value;
}

static int value(void);

static int list(char close) {
  int sum = 0;
  at++;
  space();
  while (*at && *at != close) {
    sum += value();
    space();
    if (*at == ':' || *at == ',') at++;
    space();
  }
  at++;
  return sum;
}

static int value(void) {
  space();
  switch (*at) {
    case '{': return list('}');
    case '[': return list(']');
    case '"': return string();
    case 't': at += 4; return 1;
    case 'f': at += 5; return 0;
    case 'n': at += 4; return 0;
    default: return number();
  }
}

__attribute__((export_name("run"))) int run(int n) {
  int sum = 0;
  make();
  for (int r = 0; r < n; r++) {
    at = text;
    sum += value();
  }
  return sum;
}
