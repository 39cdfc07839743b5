// Prints the primes below 100, or below the first argument.
const [limit = 100] = args.map(Number);

function* primesBelow(end) {
  const isComposite = new Uint8Array(end);
  for (let n = 2; n < end; n++) {
    if (isComposite[n]) continue;
    yield n;
    for (let multiple = n * n; multiple < end; multiple += n) isComposite[multiple] = 1;
  }
}

const primes = [...primesBelow(limit)];
console.log(primes.join(" "));
console.log(`${primes.length} primes below ${limit}`);
