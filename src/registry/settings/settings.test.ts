import assert from "node:assert/strict";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { cpuTime } from "../../../test/support/cpu-time.ts";
import { temporaryDirectory } from "../../../test/support/directories.ts";
import { isDistillError } from "../../lib/errors.ts";
import { settingsPlaces } from "./places.ts";
import { parseRegistriesConf } from "./registries-conf.ts";
import { loadRegistrySettings } from "./settings.ts";

type Files = Readonly<Record<string, string>>;

const rule = (prefix: string, location = prefix): string =>
  `[[registry]]\nprefix = "${prefix}"\nlocation = "${location}"\n`;

/** Prefix and location of each rule, of files below a directory: `home/...`, `etc/...`. */
async function rulesOf(directory: string, files: Files, named?: string): Promise<readonly string[]> {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  const environment = {
    HOME: join(directory, "home"),
    CONTAINERS_REGISTRIES_CONF: named === undefined ? undefined : join(directory, named),
  };
  const places = settingsPlaces(environment, join(directory, "etc"));
  const { rules } = await loadRegistrySettings({ places });
  return rules.map(({ prefix, location }) => `${prefix}=${location}`).sort();
}

const USER = "home/.config/containers/registries.conf";
const SYSTEM = "etc/containers/registries.conf";

for (const [what, files, expected, named] of [
  ["nothing is set where there is no file", {}, []],
  ["the machine's file counts", { [SYSTEM]: rule("a", "b") }, ["a=b"]],
  ["the user's file counts in place of the machine's", { [SYSTEM]: rule("a"), [USER]: rule("b") }, ["b=b"]],
  [
    "with the user's file, the machine's drop-ins do not count",
    { [`${SYSTEM}.d/1.conf`]: rule("a"), [USER]: rule("b"), [`${USER}.d/1.conf`]: rule("c") },
    ["b=b", "c=c"],
  ],
  [
    "drop-ins replace rules by their prefix in the order of their names, the user's last",
    {
      [SYSTEM]: rule("a", "main") + rule("b", "main") + rule("c", "main") + rule("d", "main"),
      [`${SYSTEM}.d/10.conf`]: rule("b", "ten") + rule("c", "ten"),
      [`${SYSTEM}.d/9.conf`]: rule("c", "nine") + rule("d", "nine"),
      [`${USER}.d/1.conf`]: rule("d", "user"),
    },
    ["a=main", "b=ten", "c=nine", "d=user"],
  ],
  [
    "a file that is named counts in place of both, beside the drop-ins",
    { [SYSTEM]: rule("a"), [USER]: rule("b"), [`${SYSTEM}.d/1.conf`]: rule("c"), other: rule("d") },
    ["c=c", "d=d"],
    "other",
  ],
  [
    "other files and directories beside drop-ins are passed over",
    { [`${SYSTEM}.d/a.conf.bak`]: "[[", [`${SYSTEM}.d/README`]: "[[", [`${SYSTEM}.d/sub.conf/x.conf`]: "[[" },
    [],
  ],
  ["of two rules for one prefix in a file the first counts", { [SYSTEM]: rule("a", "b") + rule("a", "c") }, ["a=b"]],
  [
    "a byte order mark and Windows' line ends are taken",
    { [SYSTEM]: `\uFEFF${rule("a").replaceAll("\n", "\r\n")}` },
    ["a=a"],
  ],
] as readonly (readonly [string, Files, readonly string[], string?])[]) {
  test(what, async (t) => {
    assert.deepEqual(await rulesOf(temporaryDirectory(t), files, named), expected);
  });
}

test("XDG_CONFIG_HOME moves the user's files, unless it is relative", () => {
  assert.equal(settingsPlaces({ HOME: "/h", XDG_CONFIG_HOME: "/x" }).user, "/x/containers");
  assert.equal(settingsPlaces({ HOME: "/h", XDG_CONFIG_HOME: "x" }).user, "/h/.config/containers");
});

test("a file that is named and missing, and one that cannot be read, are errors with its path", async (t) => {
  const directory = temporaryDirectory(t);
  await assert.rejects(
    rulesOf(directory, {}, "none"),
    /CONTAINERS_REGISTRIES_CONF names \S+none, which does not exist/,
  );
  mkdirSync(join(directory, SYSTEM), { recursive: true });
  await assert.rejects(rulesOf(directory, {}), (error: unknown) => isDistillError(error, "CONFIG_INVALID", "IO"));
});

test("a user without access to a file is told so", {
  skip: process.getuid?.() === 0 && "root reads everything",
}, async (t) => {
  const directory = temporaryDirectory(t);
  await rulesOf(directory, { [USER]: "" });
  chmodSync(join(directory, USER), 0);
  await assert.rejects(rulesOf(directory, {}), (error: unknown) => isDistillError(error, "IO"));
});

test("links that lead in a circle, files without end and huge ones are errors", async (t) => {
  const directory = temporaryDirectory(t);
  mkdirSync(join(directory, `${SYSTEM}.d`), { recursive: true });
  const path = join(directory, `${SYSTEM}.d/loop.conf`);
  symlinkSync(path, path);
  await assert.rejects(rulesOf(directory, {}), (error: unknown) => isDistillError(error, "IO"));
  const other = temporaryDirectory(t);
  await assert.rejects(
    rulesOf(other, { [SYSTEM]: `# ${"x".repeat(1 << 20)}` }),
    (error: unknown) => isDistillError(error, "LIMIT_EXCEEDED") && error.message.startsWith(join(other, SYSTEM)),
  );
});

const FIRST = `[[registry]]\nlocation = "a.net"\n`;

for (const [text, message] of [
  [`a = 1\nb = [`, /^conf:2: column \d+: /],
  ["a = 1\na = 2\n", /^conf:2: column \d+: /],
  [`${FIRST}[[registry]]\ninsecure = true\n`, /^conf:3: a \[\[registry\]\] needs a prefix or a location$/],
  [`${FIRST}[[registry]]\nprefix = "b.net"\n`, /^conf:3: a \[\[registry\]\] needs a location, unless/],
  [`${FIRST}[[registry]]\nlocation = "https://b.net"\n`, /^conf:4: "https:\/\/b.net": names stand without/],
  [`${FIRST}\n[[registry]]\n# c\nlocation = "b"\ninsecure = "yes"\n`, /^conf:7: insecure is neither true nor false$/],
  [`${FIRST}blocked = 1\n`, /^conf:3: blocked is neither/],
  [`${FIRST}mirror-by-digest-only = []\n`, /^conf:3: mirror-by-digest-only is neither/],
  [`${FIRST}prefix = 5\n`, /^conf:3: prefix is no text$/],
  [`${FIRST}prefix = "*.a/b"\n`, /^conf:3: "\*\.a\/b": only \*\. before a domain/],
  [`${FIRST}prefix = "a.*.b"\n`, /^conf:3: /],
  [`${FIRST}prefix = "*.*.b"\n`, /^conf:3: /],
  [`${FIRST}pull-from-mirror = "all"\n`, /^conf:3: pull-from-mirror belongs into a \[\[registry.mirror\]\]$/],
  [`${FIRST}[[registry.mirror]]\ninsecure = true\n`, /^conf:3: a \[\[registry.mirror\]\] needs a location$/],
  [
    `${FIRST}[[registry.mirror]]\nlocation = "b"\n[[registry.mirror]]\nlocation = "c"\npull-from-mirror = "x"`,
    /^conf:7: pull-from-mirror is all, .* not "x"$/,
  ],
  [
    `${FIRST}mirror-by-digest-only = true\n[[registry.mirror]]\nlocation = "b"\npull-from-mirror = "all"`,
    /^conf:6: .*: keep one$/,
  ],
  [`${FIRST}mirror = "b"\n`, /^conf:3: mirror is no array of tables/],
  [`registry = "b"\n`, /^conf: registry is no array of tables/],
  [`registry = [{ location = "http://x" }]\n`, /^conf: "http:\/\/x": /],
  [
    `${FIRST}[[registry]]\nprefix = "b"\nlocation = "a.net"\ninsecure = true`,
    /^conf:3: a.net has another "insecure" than at conf:1$/,
  ],
  [`${FIRST}[[registry]]\nprefix = "b"\nlocation = "a.net"\nblocked = true`, /^conf:3: a.net has another "blocked"/],
  [`${FIRST}[registries.search]\nregistries = ["a"]\n`, /^conf: \[registries\.\*\] is the format before version 2/],
  ["registries = 5\n", /^conf: registries is no table$/],
  ["[registries.insecure]\nregistries = 5\n", /^conf: \[registries.insecure\] has no list of names/],
  ["[registries.block]\nregistries = [5]\n", /^conf: \[registries.block\] has no list/],
] as const) {
  test(`is refused with its place: ${JSON.stringify(text)}`, async () => {
    await assert.rejects(parseRegistriesConf(text, "conf", { dropIn: false }), (error: unknown) => {
      assert.ok(isDistillError(error, "CONFIG_INVALID"), String(error));
      assert.match(error.message, message);
      return true;
    });
  });
}

test("short names, their aliases and what is not known are passed over", async () => {
  const text = `unqualified-search-registries = ["a"]\nshort-name-mode = "enforcing"\ncredential-helpers = ["x"]\n
    large = 123456789012345678901234567890\ndate = 1979-05-27T07:32:00Z\n[aliases]\n"python" = "a/python"\n__proto__ = 1\n`;
  assert.deepEqual(await parseRegistriesConf(text, "conf", { dropIn: true }), []);
});

test("a text that is nested without end, or made of any bytes, is an error or has rules", async () => {
  for (const text of [
    `a = ${"[".repeat(100_000)}`,
    `a = ${"{a=".repeat(100_000)}`,
    `${"a.".repeat(100_000)}a = 1`,
    `[${"a.".repeat(100_000)}a]`,
    `a = "${"\\u0041".repeat(100_000)}`,
    `[[registry]]\n${"[[registry.mirror]]\n".repeat(10_000)}`,
  ]) {
    const parsed = parseRegistriesConf(text, "conf", { dropIn: false });
    await parsed.catch((error: unknown) => assert.ok(isDistillError(error, "CONFIG_INVALID"), String(error)));
  }
  const pieces = [
    "[[registry]]",
    "[[registry.mirror]]",
    "[registry]",
    "location",
    "prefix",
    "=",
    '"a"',
    "'",
    "\n",
    "{",
    "]",
    "true",
  ];
  const text = fc.oneof(
    fc.string(),
    fc.array(fc.constantFrom(...pieces)).map((parts) => parts.join("")),
  );
  await fc.assert(
    fc.asyncProperty(text, async (any) => {
      const parsed = parseRegistriesConf(any, "conf", { dropIn: false });
      await parsed.catch((error: unknown) => assert.ok(isDistillError(error, "CONFIG_INVALID"), String(error)));
    }),
  );
});

test("ten thousand registries are read in no time that anybody notices", async () => {
  const text = Array.from({ length: 10_000 }, (_, index) => rule(`host${index}.net/team`)).join("");
  const began = cpuTime();
  assert.equal((await parseRegistriesConf(text, "conf", { dropIn: false })).length, 10_000);
  assert.ok(cpuTime() - began < 5_000);
});
