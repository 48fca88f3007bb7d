import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * A credential helper of docker's protocol in `directory`, as a shell script: its secrets are the files of
 * `directory/NAME.d`, and each call is a line of `directory/NAME.calls`. `body` replaces what it does.
 */
export function writeHelper(directory: string, name: string, body: string = KEEPER): void {
  mkdirSync(join(directory, `${name}.d`), { recursive: true });
  const start = `#!/bin/sh\nPATH=/usr/bin:/bin\nstore='${directory}/${name}.d'\necho "$*" >>'${directory}/${name}.calls'\n`;
  writeFileSync(join(directory, `docker-credential-${name}`), `${start}${body}`, { mode: 0o755 });
}

/** A real helper, but for the disguise of its secrets. */
const KEEPER = `
file() { printf %s "$1" | tr -c 'A-Za-z0-9.\\n' _; }
input=$(cat)
case $1 in
get)
  cat "$store/$(file "$input")" 2>/dev/null || { echo "credentials not found in native keychain"; exit 1; } ;;
erase)
  rm "$store/$(file "$input")" ;;
store)
  url=$(printf %s "$input" | sed -n 's/.*"ServerURL":"\\([^"]*\\)".*/\\1/p')
  printf %s "$input" >"$store/$(file "$url")" ;;
*) exit 9 ;;
esac
`;
