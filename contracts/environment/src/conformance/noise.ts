/** Runs `work` on a host that is otherwise than usual: another time zone, locale, chance and load. */
export async function inNoise<T>(work: () => Promise<T>): Promise<T> {
  const { TZ, LANG } = process.env;
  const { random } = Math;
  const load = setInterval(() => new Map(Object.entries(process.env)), 1);
  process.env["TZ"] = "Pacific/Chatham";
  process.env["LANG"] = "tr_TR.UTF-8";
  Math.random = () => 0.999;
  try {
    return await work();
  } finally {
    Math.random = random;
    clearInterval(load);
    restore("TZ", TZ);
    restore("LANG", LANG);
  }
}

function restore(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}
