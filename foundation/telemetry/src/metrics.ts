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

/** From a read out of memory to the longest wall budget; OpenTelemetry's own bounds are for milliseconds. */
const secondsBounds: readonly number[] = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
  30, 60, 300,
];

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
    found = metrics.getMeter("bedplate").createCounter(name, { description: wordsOf(name) });
    counters.set(name, found);
  }
  return found;
}

function histogramOf(name: string): Histogram {
  let found = histograms.get(name);
  if (found === undefined) {
    found = metrics.getMeter("bedplate").createHistogram(name, {
      unit: "s",
      description: wordsOf(name),
      advice: { explicitBucketBoundaries: [...secondsBounds] },
    });
    histograms.set(name, found);
  }
  return found;
}

/** A name says what it measures: `bedplate_queue_lease_seconds` is "queue lease seconds". */
function wordsOf(name: string): string {
  return name.replace(/^bedplate_/, "").replaceAll("_", " ");
}
