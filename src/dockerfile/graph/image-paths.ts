import { cleanPath } from "../ignore/pattern.ts";

/** A path in an image, from the working directory where it is relative; cleaned, absolute, without a slash at its end. */
export function absolutePath(directory: string, path: string): string {
  return cleanPath(path.startsWith("/") ? path : `${directory}/${path}`);
}

/** The same, with a slash at its end where the path has one. */
export function keepSlash(directory: string, path: string): string {
  const absolute = absolutePath(directory, path);
  return path.endsWith("/") && absolute !== "/" ? `${absolute}/` : absolute;
}

/** The same for a destination: one that can only be a directory ends with a slash. */
export function destinationPath(directory: string, path: string): string {
  if (path === "" || path === ".") return keepSlash(directory, "./");
  return keepSlash(directory, path.endsWith("/.") ? path.slice(0, -1) : path);
}

/** The last component of a path; "/" for the root. */
export function baseName(path: string): string {
  return cleanPath(path).split("/").at(-1) || "/";
}
