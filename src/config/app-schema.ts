import { z } from "zod";

const COMMAND = z.array(z.string()).min(1, "expected a list of words, such as [gunicorn, app:app]");
const SCALAR = z.union([z.string(), z.number(), z.boolean()], { error: "expected a text, a number, true or false" });

const PORT = z.union([z.int().min(1).max(65535), z.string().regex(/^\d{1,5}(?:\/(?:tcp|udp|sctp))?$/)], {
  error: "expected a port from 1 to 65535, such as 8000 or 8000/udp",
});

const PACKAGE = z
  .string()
  .regex(/^[a-z0-9][a-z0-9+.-]+(?:=[A-Za-z0-9.+~:-]+)?$/, "expected the name of a Debian package, or NAME=VERSION");

const ACCOUNT = z
  .string()
  .regex(/^[a-z0-9_][a-z0-9_-]*(?::[a-z0-9_][a-z0-9_-]*)?$/i, "expected USER or USER:GROUP, names or numbers");

const MODE = z
  .string({ error: 'expected permission bits in octal and in quotes, such as "0644"' })
  .regex(/^0?[0-7]{3,4}$/, 'expected permission bits in octal and in quotes, such as "0644"');

const COPY = z.strictObject({
  from: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)], {
    error: "expected a path beside this file, or a list of them",
  }),
  to: z.string().startsWith("/", "expected an absolute path in the image, such as /app"),
  owner: ACCOUNT.optional(),
  mode: MODE.optional(),
});

const ABSOLUTE = z.string().startsWith("/", "expected an absolute path in the image, such as /app");

/** The keys of distill.yaml. */
export const appSchema = z.strictObject({
  base: z.enum(["static", "base", "python3"]),
  suite: z.enum(["trixie"]).optional(),
  packages: z.array(PACKAGE).optional(),
  copy: z.array(COPY).optional(),
  entrypoint: COMMAND.optional(),
  cmd: COMMAND.optional(),
  env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_.-]*$/), SCALAR).optional(),
  workdir: ABSOLUTE.optional(),
  user: z.union([z.int().min(0), ACCOUNT]).optional(),
  ports: z.array(PORT).optional(),
  labels: z.record(z.string().min(1), SCALAR).optional(),
});

/** A valid distill.yaml. */
export type AppConfig = z.infer<typeof appSchema>;
