/**
 * The fields of one record of comma-separated values (RFC 4180), as docker reads the values of its options: a field in
 * double quotes may hold commas, and quotes written twice. Undefined for a text that is no record.
 */
export function csvFields(text: string): readonly string[] | undefined {
  const fields: string[] = [];
  for (let at = 0; ; at++) {
    const [whole, quoted] = /^(?:"((?:[^"]|"")*)"|[^",]*)(?=,|$)/.exec(text.slice(at)) ?? [];
    if (whole === undefined) return undefined;
    fields.push(quoted === undefined ? whole : quoted.replaceAll('""', '"'));
    at += whole.length;
    if (at >= text.length) return fields;
  }
}
