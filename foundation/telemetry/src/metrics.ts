import { type Counter, type Histogram, metrics } from "@opentelemetry/api";

/** Adds to a counter; the name carries its unit or `_total`. */
export function count(name: string, by: number, labels: Readonly<Record<string, string>>): void {
  counterOf(name).add(by, labels);
}

/** Records one duration, in seconds, under a name that ends in `_seconds`. */
export function recordSeconds(
  name: string,
  seconds: number,
  labels: Readonly<Record<string, string>>,
): void {
  histogramOf(name).record(seconds, labels);
}

// Instruments are looked up by name on every record, so that a meter provider that is registered
// after this module was loaded is still used.
const counters = new Map<string, Counter>();
const histograms = new Map<string, Histogram>();

/** Forgets cached instruments; call after the meter provider was set. */
export function resetInstruments(): void {
  counters.clear();
  histograms.clear();
}

function counterOf(name: string): Counter {
  let found = counters.get(name);
  if (found === undefined) {
    found = metrics.getMeter("bedplate").createCounter(name);
    counters.set(name, found);
  }
  return found;
}

function histogramOf(name: string): Histogram {
  let found = histograms.get(name);
  if (found === undefined) {
    found = metrics.getMeter("bedplate").createHistogram(name, { unit: "s" });
    histograms.set(name, found);
  }
  return found;
}
