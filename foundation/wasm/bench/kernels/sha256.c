// SHA-256 (FIPS 180-4) over a buffer that is filled from a counter.
typedef unsigned int u32;
typedef unsigned char u8;

static const u32 k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static u32 state[8];
static u8 buffer[4096];

static u32 turn(u32 x, int n) { return (x >> n) | (x << (32 - n)); }

static void block(const u8 *p) {
  u32 w[64];
  for (int i = 0; i < 16; i++)
    w[i] = (u32)p[4 * i] << 24 | (u32)p[4 * i + 1] << 16 | (u32)p[4 * i + 2] << 8 | p[4 * i + 3];
  for (int i = 16; i < 64; i++) {
    u32 a = turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ (w[i - 15] >> 3);
    u32 b = turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ (w[i - 2] >> 10);
    w[i] = w[i - 16] + a + w[i - 7] + b;
  }
  u32 s[8];
  for (int i = 0; i < 8; i++) s[i] = state[i];
  for (int i = 0; i < 64; i++) {
    u32 e1 = turn(s[4], 6) ^ turn(s[4], 11) ^ turn(s[4], 25);
    u32 choice = (s[4] & s[5]) ^ (~s[4] & s[6]);
    u32 t1 = s[7] + e1 + choice + k[i] + w[i];
    u32 e0 = turn(s[0], 2) ^ turn(s[0], 13) ^ turn(s[0], 22);
    u32 most = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);
    s[7] = s[6]; s[6] = s[5]; s[5] = s[4]; s[4] = s[3] + t1;
    s[3] = s[2]; s[2] = s[1]; s[1] = s[0]; s[0] = t1 + e0 + most;
  }
  for (int i = 0; i < 8; i++) state[i] += s[i];
}

__attribute__((export_name("run"))) int run(int n) {
  for (int i = 0; i < 8; i++) state[i] = 0x6a09e667u + (u32)i * 0x9e3779b9u;
  for (int i = 0; i < 4096; i++) buffer[i] = (u8)(i * 31);
  for (int r = 0; r < n; r++)
    for (int i = 0; i < 4096; i += 64) block(buffer + i);
  return (int)state[0];
}
