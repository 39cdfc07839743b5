import { errorNumber } from "./error-number.ts";
import { wasiCalls } from "./guarded-call.ts";
import type { GuestState, ImportSet } from "./guest-state.ts";

// `__wasi_clockid_t`: 0 is the wall clock; 1 to 3 are monotonic, process and thread time.
const clockMax = 3;

/** Clocks, calendar and chance. The guest's time zone is UTC, whatever the machine's is. */
export function timeCalls(guest: GuestState): ImportSet {
  const { memory } = guest;
  return {
    ...wasiCalls({
      clock_time_get: (clock: number, _precision: bigint, out: number) => {
        if (clock < 0 || clock > clockMax) return errorNumber.EINVAL;
        const { outside } = guest;
        const ms = clock === 0 ? outside.wallClockMs() : outside.monotonicMs();
        memory.setU64(out, toNanoseconds(ms));
        return 0;
      },
      clock_res_get: (clock: number, out: number) => {
        if (clock < 0 || clock > clockMax) return errorNumber.EINVAL;
        memory.setU64(out, 1_000n);
        return 0;
      },
      random_get: (out: number, length: number) => {
        guest.outside.charge(length >>> 0);
        guest.outside.random(memory.slice(out, length));
      },
    }),
    emscripten_date_now: () => guest.outside.wallClockMs(),
    // The C library asks for this clock only while it sleeps, in a loop.
    emscripten_get_now: () => guest.outside.pauseMs(),
    _localtime_js: (time: bigint, out: number) => writeCalendar(guest, Number(time), out),
    _gmtime_js: (time: bigint, out: number) => writeCalendar(guest, Number(time), out),
    _timegm_js: (at: number) => readCalendar(guest, at),
    _mktime_js: (at: number) => readCalendar(guest, at),
    _tzset_js: (zone: number, daylight: number, name: number, daylightName: number) => {
      memory.setU32(zone, 0);
      memory.setU32(daylight, 0);
      memory.setText(name, "UTC");
      memory.setText(daylightName, "UTC");
    },
  };
}

function toNanoseconds(ms: number): bigint {
  const whole = Math.floor(ms);
  return BigInt(whole) * 1_000_000n + BigInt(Math.floor((ms - whole) * 1e6));
}

/** Fills the guest's `struct tm`: nine 32-bit fields, then the offset from UTC. */
function writeCalendar({ memory }: GuestState, seconds: number, out: number): void {
  const date = new Date(seconds * 1000);
  const year = date.getUTCFullYear();
  const yearDay = Math.floor((date.getTime() - Date.UTC(year, 0, 1)) / 86_400_000);
  const fields = [
    date.getUTCSeconds(),
    date.getUTCMinutes(),
    date.getUTCHours(),
    date.getUTCDate(),
    date.getUTCMonth(),
    year - 1900,
    date.getUTCDay(),
    yearDay,
    0,
    0,
  ];
  for (const [i, value] of fields.entries()) memory.setU32(out + i * 4, value);
}

/** Reads a `struct tm`, normalises it in place, and returns seconds since 1970. */
function readCalendar(guest: GuestState, at: number): bigint {
  const field = (i: number) => guest.memory.view.getInt32((at >>> 0) + i * 4, true);
  const year = field(5) + 1900;
  const date = new Date(Date.UTC(2000, field(4), field(3), field(2), field(1), field(0)));
  date.setUTCFullYear(date.getUTCFullYear() - 2000 + year);
  const seconds = Math.floor(date.getTime() / 1000);
  writeCalendar(guest, seconds, at);
  return BigInt(Number.isNaN(seconds) ? -1 : seconds);
}
