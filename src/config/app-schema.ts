import { z } from "zod";

const AS_TEXT = "expected a text, a number, true or false";

/** What a program is given as a text: it cannot hold a NUL. Numbers and truth values stand for how they are written. */
const TEXT = z
  .union([z.string().regex(/^[^\0]*$/, "expected a text without NUL characters"), z.number(), z.boolean()], {
    error: AS_TEXT,
  })
  .transform(String);

function command(example: string) {
  const error = `expected a list of words, such as ${example}`;
  return z.array(TEXT, { error }).min(1, error);
}

const BAD_PORT = "expected a port from 1 to 65535, such as 8000 or 8000/udp";
const PORT = z
  .union([z.int(BAD_PORT), z.string()], { error: BAD_PORT })
  .transform(String)
  .refine((port) => /^[1-9]\d{0,4}(?:\/(?:tcp|udp|sctp))?$/.test(port) && Number.parseInt(port, 10) <= 65535, BAD_PORT);

const BAD_PACKAGE = "expected the name of a Debian package, or NAME=VERSION";
const PACKAGE = z.string(BAD_PACKAGE).regex(/^[a-z0-9][a-z0-9+.-]+(?:=[A-Za-z0-9.+~:-]+)?$/, BAD_PACKAGE);

const BAD_ACCOUNT = "expected USER or USER:GROUP, names or numbers";
const ACCOUNT = z
  .union([z.int(BAD_ACCOUNT), z.string()], { error: BAD_ACCOUNT })
  .transform(String)
  .refine((account) => /^[a-z0-9_][a-z0-9_.-]*(?::[a-z0-9_][a-z0-9_.-]*)?$/i.test(account), BAD_ACCOUNT);

const BAD_MODE = 'expected permission bits in octal, such as "0644"';
const MODE = z
  .union([z.int(BAD_MODE), z.string()], { error: BAD_MODE })
  .transform(String)
  .refine((mode) => /^0?[0-7]{3,4}$/.test(mode), BAD_MODE);

const BAD_ABSOLUTE = 'expected an absolute path in the image without "..", such as /app';
const ABSOLUTE = z.string(BAD_ABSOLUTE).refine(isAbsolute, BAD_ABSOLUTE);

const BAD_SOURCE = "expected a path in the directory that is built, or a list of paths";
const SOURCE = z.union([z.string(), z.number()], { error: BAD_SOURCE }).transform(String).refine(isSource, BAD_SOURCE);

const COPY = z.strictObject({
  from: z.union([SOURCE, z.array(SOURCE).min(1, BAD_SOURCE)], { error: BAD_SOURCE }),
  to: ABSOLUTE,
  owner: ACCOUNT.optional(),
  mode: MODE.optional(),
});

const VARIABLE = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_.-]*$/, "expected a name of letters, digits, _, . and -, beginning with a letter or _");

/** The keys of distill.yaml. docs/distill-yaml.md describes each. */
export const appSchema = z.strictObject({
  base: z.enum(["static", "base", "python3"]),
  suite: z.enum(["trixie"]).optional(),
  packages: z.array(PACKAGE, "expected a list of Debian packages, such as [gunicorn, python3-flask]").optional(),
  copy: z.array(COPY, "expected a list of what to copy, such as - {from: app, to: /app}").optional(),
  entrypoint: command("[/usr/bin/gunicorn]").optional(),
  cmd: command('["--bind=0.0.0.0:8000", "app:app"]').optional(),
  env: z.record(VARIABLE, TEXT, "expected names and values, such as LANG: C.UTF-8").optional(),
  workdir: ABSOLUTE.optional(),
  user: ACCOUNT.optional(),
  ports: z.array(PORT, "expected a list of ports, such as [8000, 8053/udp]").optional(),
  labels: z
    .record(z.string().min(1, "expected a name"), TEXT, "expected names and values, such as maintainer: me@example.org")
    .optional(),
});

/** A valid distill.yaml. */
export type AppConfig = z.infer<typeof appSchema>;

function isAbsolute(path: string): boolean {
  return path.startsWith("/") && !path.includes("\0") && !path.split("/").includes("..");
}

function isSource(path: string): boolean {
  return path !== "" && !path.includes("\0");
}
