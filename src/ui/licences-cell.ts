const MAX_LICENCES = 24;

/** Licences in a cell of a table: what does not fit is cut. */
export function licencesCell(licenses: readonly string[]): string {
  const text = licenses.join(", ");
  return text === "" ? "-" : text.length <= MAX_LICENCES ? text : `${text.slice(0, MAX_LICENCES - 3)}...`;
}
