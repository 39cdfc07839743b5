const mask = "***";

/** True for names whose values are never shown: passwords, keys, tokens. */
export function isSecretName(name: string): boolean {
  return (
    /secret|password|passwd|token|apikey|accesskey/i.test(name) && !/(file|variable)$/i.test(name)
  );
}

/** A provider's URL with everything secret masked, for people and logs. */
export function maskProviderUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null) return mask;
  if (url.password !== "") url.password = mask;
  for (const name of new Set(url.searchParams.keys())) {
    if (isSecretName(name)) url.searchParams.set(name, mask);
  }
  return url.href;
}
