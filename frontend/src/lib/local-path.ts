/**
 * The path, query and fragment of `next` if it stays on this site, otherwise '/'.
 *
 * The URL is parsed as the browser parses it: it removes tabs and line breaks, and reads "\\" as "/".
 */
export function localPath(next: string | null, origin = location.origin): string {
  if (!next?.startsWith('/') || !URL.canParse(next, origin)) return '/'
  const url = new URL(next, origin)
  // A path that starts with two slashes would be read as a host again.
  if (url.origin !== origin || url.pathname.startsWith('//')) return '/'
  return url.pathname + url.search + url.hash
}
