import { z } from "zod";
import { COMPOSE_KEYS } from "./compose-schema.ts";
import { ABSOLUTE, ACCOUNT, command, MODE, TEXT } from "./scalars.ts";

const BAD_PORT = "expected a port from 1 to 65535, such as 8000 or 8000/udp";
const PORT = z
  .union([z.int(BAD_PORT), z.string()], { error: BAD_PORT })
  .transform(String)
  .refine((port) => /^[1-9]\d{0,4}(?:\/(?:tcp|udp|sctp))?$/.test(port) && Number.parseInt(port, 10) <= 65535, BAD_PORT);

const BAD_SOURCE = "expected a path in the directory that is built, or a list of paths";
const SOURCE = z
  .union([z.string(), z.number()], { error: BAD_SOURCE })
  .transform(String)
  .refine((path) => path !== "" && !path.includes("\0"), BAD_SOURCE);

const COPY = z.strictObject({
  from: z.union([SOURCE, z.array(SOURCE).min(1, BAD_SOURCE)], { error: BAD_SOURCE }),
  to: ABSOLUTE,
  owner: ACCOUNT.optional(),
  mode: MODE.optional(),
});

const VARIABLE = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_.-]*$/, "expected a name of letters, digits, _, . and -, beginning with a letter or _");

const BAD_COMPOSE = "expected true, or a list of names of images with *, such as [gcr.io/distroless/*]";

/** `compose`: what is composed in place of being pulled when a Dockerfile is built. */
export const COMPOSE_INSTEAD = z.union([z.boolean(), z.array(z.string().min(1, BAD_COMPOSE))], { error: BAD_COMPOSE });

/** The keys of distill.yaml. docs/distill-yaml.md describes each. */
export const appSchema = z.strictObject({
  ...COMPOSE_KEYS,
  compose: COMPOSE_INSTEAD.optional(),
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
