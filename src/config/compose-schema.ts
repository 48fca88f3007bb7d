import { z } from "zod";
import { DEBIAN_RELEASES } from "../debian/releases.ts";
import { BASE_NAMES, SLICE_NAMES } from "../plan/names.ts";
import { ABSOLUTE, ACCOUNT, ACCOUNT_NAME, ACCOUNT_PATH, FILE, ID, MODE, PACKAGE, TEXT, TRUTH } from "./scalars.ts";

const BASE = z.union([z.enum(BASE_NAMES), z.templateLiteral(["gcr.io/distroless/", z.string()])], {
  error: `expected one of ${BASE_NAMES.join(", ")}, or a name of gcr.io/distroless/`,
});

const SUITE = z.enum(DEBIAN_RELEASES.map(({ codename }) => codename));

const BAD_URI = "expected the http or https address of an apt archive";
const BAD_COMPONENTS = "expected a list of components, such as [main]";
const SOURCE = z
  .strictObject({
    uri: z
      .string(BAD_URI)
      .regex(/^https?:\/\//, BAD_URI)
      .optional(),
    suite: z
      .string("expected the name of a suite")
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "expected the name of a suite"),
    components: z
      .array(z.string(BAD_COMPONENTS).regex(/^[A-Za-z0-9][A-Za-z0-9._/-]*$/, BAD_COMPONENTS), BAD_COMPONENTS)
      .min(1, BAD_COMPONENTS)
      .optional(),
    key: FILE.optional(),
  })
  .refine(({ uri, key }) => (uri === undefined) === (key === undefined), {
    error:
      "uri and key go together: the key that the archive is signed with; without both, the suite is one of Debian's own",
  });

const BAD_DIGEST = "expected sha256: and 64 hexadecimal digits, as in: sha256sum FILE";
const DEB = z.strictObject({
  path: FILE,
  digest: z.string(BAD_DIGEST).regex(/^sha256:[0-9a-f]{64}$/, BAD_DIGEST),
});

const USER = z.strictObject({
  name: ACCOUNT_NAME,
  uid: ID,
  gid: ID.optional(),
  home: ACCOUNT_PATH.optional(),
  shell: ACCOUNT_PATH.optional(),
  groups: z.array(ACCOUNT_NAME, "expected a list of groups").optional(),
});

const GROUP = z.strictObject({ name: ACCOUNT_NAME, gid: ID });

const ACCOUNTS = z.strictObject({
  users: z.array(USER, "expected a list of users, such as - {name: app, uid: 1000}").optional(),
  groups: z.array(GROUP, "expected a list of groups, such as - {name: app, gid: 1000}").optional(),
});

const ONE_OF = ["content", "from", "link", "directory"] as const;
const BAD_FILE = `expected one of ${ONE_OF.join(", ")} beside the path`;
const ENTRY = z
  .strictObject({
    path: ABSOLUTE,
    content: TEXT.optional(),
    from: FILE.optional(),
    link: z.string("expected the target of a link").min(1, "expected the target of a link").optional(),
    directory: TRUTH.optional(),
    mode: MODE.optional(),
    owner: ACCOUNT.optional(),
  })
  .refine((entry) => ONE_OF.filter((key) => entry[key] !== undefined && entry[key] !== false).length === 1, BAD_FILE);

const BAD_ZONE = "expected the name of a time zone, such as Europe/Berlin";
const BAD_LOCALE = "expected the name of a locale, such as de_DE.UTF-8";

/** The keys that say what is composed, the same for a base and for an app. docs/distill-yaml.md describes each. */
export const COMPOSE_KEYS = {
  base: BASE,
  suite: SUITE.optional(),
  debug: TRUTH.optional(),
  sources: z.array(SOURCE, "expected a list of apt sources, such as - {suite: trixie-backports}").optional(),
  packages: z.array(PACKAGE, "expected a list of Debian packages, such as [gunicorn, python3-flask]").optional(),
  debs: z.array(DEB, "expected a list of .debs, such as - {path: x.deb, digest: sha256:...}").optional(),
  slices: z.array(z.enum(SLICE_NAMES), "expected a list of slices, such as [gconv]").optional(),
  accounts: ACCOUNTS.optional(),
  certificates: z.array(FILE, "expected a list of PEM files, such as [company-root.pem]").optional(),
  timezone: z
    .string(BAD_ZONE)
    .regex(/^[A-Za-z0-9][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/, BAD_ZONE)
    .optional(),
  locale: z
    .string(BAD_LOCALE)
    .regex(/^[A-Za-z]+(?:_[A-Za-z]+)?(?:\.[A-Za-z0-9-]+)?(?:@[a-z]+)?$/, BAD_LOCALE)
    .optional(),
  files: z.array(ENTRY, "expected a list of files, such as - {path: /etc/app.conf, content: a=1}").optional(),
};
