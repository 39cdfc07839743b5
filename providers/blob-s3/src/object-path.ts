/** The path of an object; its slashes stay. */
export function escapePath(object: string): string {
  return object.split("/").map(escapeText).join("/");
}

/** Escapes as RFC 3986 wants it; `encodeURIComponent` leaves five characters more. */
export function escapeText(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
