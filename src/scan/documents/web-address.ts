/** An address that a document may link to: http or https, as URLs are written. Undefined for anything else that a record has. */
export function webAddress(link: string | undefined): string | undefined {
  if (link === undefined || link.length > 2000 || !URL.canParse(link)) return undefined;
  const { protocol, href } = new URL(link);
  return protocol === "https:" || protocol === "http:" ? href : undefined;
}
