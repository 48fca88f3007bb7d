import { printable } from "./printable.ts";

/** What kind of thing an annotation of a GitHub workflow is. */
export type AnnotationKind = "error" | "warning" | "notice";

/** A line that GitHub shows beside a line of a file, or with the run where no file is named. */
export function annotation(
  kind: AnnotationKind,
  { file, line, title }: { readonly file?: string; readonly line?: number; readonly title?: string },
  message: string,
): string {
  const properties = [
    ...(file === undefined ? [] : [`file=${annotationProperty(file)}`]),
    ...(line === undefined ? [] : [`line=${line}`]),
    ...(title === undefined ? [] : [`title=${annotationProperty(title)}`]),
  ];
  return `::${kind}${properties.length === 0 ? "" : ` ${properties.join(",")}`}::${annotationData(message)}\n`;
}

/** Text behind the second `::`. */
export function annotationData(text: string): string {
  return printable(text).replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

/** The value of a property. */
export function annotationProperty(text: string): string {
  return annotationData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
