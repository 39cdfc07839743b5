// Gravity between five bodies, symplectic Euler steps.
enum { bodies = 5 };
typedef struct { double x, y, z, vx, vy, vz, mass; } body;
static body all[bodies];

static void step(double dt) {
  for (int i = 0; i < bodies; i++)
    for (int j = i + 1; j < bodies; j++) {
      body *p = &all[i], *q = &all[j];
      double dx = p->x - q->x, dy = p->y - q->y, dz = p->z - q->z;
      double square = dx * dx + dy * dy + dz * dz + 0.01;
      double pull = dt / (square * __builtin_sqrt(square));
      p->vx -= dx * q->mass * pull; p->vy -= dy * q->mass * pull; p->vz -= dz * q->mass * pull;
      q->vx += dx * p->mass * pull; q->vy += dy * p->mass * pull; q->vz += dz * p->mass * pull;
    }
  for (int i = 0; i < bodies; i++) {
    all[i].x += dt * all[i].vx; all[i].y += dt * all[i].vy; all[i].z += dt * all[i].vz;
  }
}

__attribute__((export_name("run"))) double run(int n) {
  for (int i = 0; i < bodies; i++) {
    body start = {i * 1.5, i * i * 0.7 - 2, 3 - i, 0.1 * i, 0.2, -0.05 * i, 1.0 + i};
    all[i] = start;
  }
  for (int r = 0; r < n; r++) step(0.001);
  return all[0].x;
}
