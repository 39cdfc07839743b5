// CRC-32 by table, byte for byte.
static unsigned table[256];
static unsigned char data[65536];

__attribute__((export_name("run"))) int run(int n) {
  for (unsigned i = 0; i < 256; i++) {
    unsigned c = i;
    for (int b = 0; b < 8; b++) c = c & 1 ? 0xedb88320u ^ (c >> 1) : c >> 1;
    table[i] = c;
  }
  for (int i = 0; i < 65536; i++) data[i] = (unsigned char)(i * 7 + (i >> 8));
  unsigned crc = ~0u;
  for (int r = 0; r < n; r++)
    for (int i = 0; i < 65536; i++) crc = table[(crc ^ data[i]) & 255] ^ (crc >> 8);
  return (int)~crc;
}
