/**
 * The name of a package as it is stored and asked for. PyPI's names are one whatever their case and separators (PEP 503); those of
 * all other ecosystems differ by case (npm has old packages with capitals, Go's paths are case-sensitive).
 */
export function storedName(ecosystem: string, name: string): string {
  return ecosystem === "PyPI" ? name.toLowerCase().replaceAll(/[-_.]+/g, "-") : name;
}
