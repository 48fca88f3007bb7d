/** A URL as it may be shown: user, password, query and fragment are left out, since each can carry a secret. */
export function shownUrl(url: string | URL): string {
  const parsed = typeof url === "string" ? URL.parse(url) : url;
  if (parsed === null) return "(not a URL)";
  return `${parsed.protocol}//${parsed.host}${parsed.pathname}${parsed.search === "" ? "" : "?..."}`;
}

/**
 * Parts a URL from the user and password inside it (RFC 3986, section 3.2.1), which travel as an Authorization header
 * (RFC 7617) and are never logged with the address.
 */
export function splitCredentials(url: URL): { readonly url: URL; readonly authorization: string | undefined } {
  if (url.username === "" && url.password === "") return { url, authorization: undefined };
  const bare = new URL(url);
  bare.username = "";
  bare.password = "";
  const pair = `${decoded(url.username)}:${decoded(url.password)}`;
  return { url: bare, authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
}

/** A percent sign that encodes nothing stands for itself, as URL parsers leave it. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (escaped) =>
      Buffer.from(escaped.replaceAll("%", ""), "hex").toString("utf8"),
    );
  }
}
