/** JSON for people and programs; halves of surrogate pairs, which many a reader refuses, become U+FFFD. */
export function documentText(value: object): string {
  const wellFormed = (_key: string, field: unknown): unknown =>
    typeof field === "string" ? field.toWellFormed() : field;
  return `${JSON.stringify(value, wellFormed, 2)}\n`;
}
