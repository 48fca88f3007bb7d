import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseReference } from "../../image/reference.ts";
import { isDistillError } from "../../lib/errors.ts";
import type { Remote } from "../remote.ts";
import { isLoopback, type Located, locate } from "./locate.ts";
import { parseRegistriesConf } from "./registries-conf.ts";
import { findRule, type RegistryRule } from "./rules.ts";
import type { RegistrySettings } from "./settings.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;

async function located(name: string, conf: string, more: Partial<RegistrySettings> = {}): Promise<Located> {
  const rules = await parseRegistriesConf(conf, "conf", { dropIn: false });
  return locate(parseReference(name), { tlsVerify: undefined, rules, certificates: () => undefined, ...more });
}

/** `host/path`, with what is special: `+plain`, `+unchecked`, `+mirror`. */
function shown({ host, path, mayBePlain, tls, mirror }: Remote): string {
  const marks = [mayBePlain && "+plain", tls?.verify === false && "+unchecked", mirror && "+mirror"];
  return `${host}/${path}${marks.filter((mark) => mark !== false).join("")}`;
}

const TEAM = `
  [[registry]]
  prefix = "example.com/team"
  location = "inner.example.net:5000/copy"
  [[registry.mirror]]
  location = "near.example.net"
  insecure = true
  [[registry.mirror]]
  location = "far.example.net/a/"
  pull-from-mirror = "digest-only"`;

for (const [what, name, conf, pull, push] of [
  ["without a rule is where it says", "example.com/app:1", "", ["example.com/app"], "example.com/app"],
  ["of Docker Hub is at its registry", "python", "", ["registry-1.docker.io/library/python"], undefined],
  ["on this machine may be plain", "localhost:5000/app", "", ["localhost:5000/app+plain"], "localhost:5000/app+plain"],
  [
    "with mirrors is read from them and from its location, and written where it says",
    "example.com/team/app:1",
    TEAM,
    ["near.example.net/app+plain+unchecked+mirror", "inner.example.net:5000/copy/app"],
    "example.com/team/app",
  ],
  [
    "with a digest has other mirrors",
    `example.com/team@${DIGEST}`,
    `${TEAM}\n[[registry.mirror]]\nlocation = "tags.example.net/x"\npull-from-mirror = "tag-only"`.replaceAll(
      "near.example.net",
      "near.example.net/x",
    ),
    ["near.example.net/x+plain+unchecked+mirror", "far.example.net/a+mirror", "inner.example.net:5000/copy"],
    "example.com/team",
  ],
  ["with tag and digest is one with a digest", `example.com/team/b:1@${DIGEST}`, TEAM, 3, "example.com/team/b"],
  ["of another team is not concerned", "example.com/teams/app:1", TEAM, ["example.com/teams/app"], undefined],
  [
    "of a registry that is insecure",
    "example.com/app",
    `[[registry]]\nlocation = "example.com"\ninsecure = true`,
    ["example.com/app+plain+unchecked"],
    "example.com/app+plain+unchecked",
  ],
  [
    "below a wildcard without location is where it says",
    "a.b.example.com:99/app",
    `[[registry]]\nprefix = "*.example.com"\ninsecure = true\n[[registry.mirror]]\nlocation = "near.example.net"`,
    2,
    "a.b.example.com:99/app+plain+unchecked",
  ],
  [
    "that is the domain of a wildcard is not below it",
    "example.com/app",
    `[[registry]]\nprefix = "*.example.com"\ninsecure = true`,
    ["example.com/app"],
    undefined,
  ],
  [
    "below a domain that only ends alike is not below it",
    "evilexample.com/app",
    `[[registry]]\nprefix = "*.example.com"\ninsecure = true`,
    ["evilexample.com/app"],
    undefined,
  ],
  [
    "whose domain repeats is below it",
    "example.com.example.com/app",
    `[[registry]]\nprefix = "*.example.com"\nlocation = "near.example.net"`,
    ["near.example.net/app"],
    undefined,
  ],
  [
    "with a wildcard's domain in its path is not below it",
    "other.net/a.example.com/app",
    `[[registry]]\nprefix = "*.example.com"\nlocation = "near.example.net"`,
    ["other.net/a.example.com/app"],
    undefined,
  ],
  [
    "of Docker Hub has mirrors",
    "me/app",
    `[[registry]]\nlocation = "docker.io"\n[[registry.mirror]]\nlocation = "near.example.net/hub"`,
    ["near.example.net/hub/me/app+mirror", "registry-1.docker.io/me/app"],
    "registry-1.docker.io/me/app",
  ],
] as const) {
  test(`an image ${what}`, async () => {
    const places = await located(name, conf);
    if (typeof pull === "number") assert.equal(places.pull.length, pull);
    else assert.deepEqual(places.pull.map(shown), pull);
    if (push !== undefined) assert.equal(shown(places.push), push);
  });
}

test("each mirror has credentials of its own name", async () => {
  const { pull } = await located("example.com/team/app", TEAM);
  assert.deepEqual(
    pull.map(({ credentialKey, registry }) => [credentialKey, registry]),
    [
      ["near.example.net/app", "near.example.net"],
      ["inner.example.net:5000/copy/app", "inner.example.net:5000"],
    ],
  );
});

test("the flag of the command line is above every rule", async () => {
  const strict = await located("example.com/team/app", TEAM, { tlsVerify: true });
  assert.deepEqual(strict.pull.map(shown), ["near.example.net/app+mirror", "inner.example.net:5000/copy/app"]);
  const lax = await located("example.com/team/app", TEAM, { tlsVerify: false });
  assert.ok(lax.pull.every(({ tls, mayBePlain }) => tls?.verify === false && mayBePlain));
});

test("certificates are those of the host that is asked", async () => {
  const certificates = (registry: string) => ({ authorities: [`of ${registry}`] });
  const { pull, push } = await located("example.com/team/app", TEAM, { certificates });
  assert.deepEqual(
    pull.map(({ tls }) => tls),
    [
      { verify: false, authorities: ["of near.example.net"] },
      { verify: true, authorities: ["of inner.example.net:5000"] },
    ],
  );
  assert.deepEqual(push.tls, { verify: true, authorities: ["of example.com"] });
  const hub = await located("python", "", { certificates });
  assert.deepEqual(hub.push.tls?.authorities, ["of docker.io"]);
});

const blocked = (error: unknown): boolean =>
  isDistillError(error, "CONFIG_INVALID") && /^\S+ is blocked: conf:\d+ blocks /.test(error.message);

test("what is blocked is neither read nor written, and its mirrors are read", async () => {
  const conf = `[[registry]]\nprefix = "example.com/bad"\nlocation = "else.example.net"\nblocked = true`;
  const places = await located("example.com/bad/app", conf);
  assert.throws(() => places.pull, blocked);
  assert.throws(() => places.push, blocked);
  const mirrored = await located("example.com/bad/app", `${conf}\n[[registry.mirror]]\nlocation = "near.example.net"`);
  assert.deepEqual(mirrored.pull.map(shown), ["near.example.net/app+mirror"]);
  assert.throws(() => mirrored.push, blocked);
});

test("a mirror that another rule blocks is left out", async () => {
  const conf = `${TEAM}\n[[registry]]\nlocation = "near.example.net"\nblocked = true`;
  const { pull } = await located("example.com/team/app", conf);
  assert.deepEqual(pull.map(shown), ["inner.example.net:5000/copy/app"]);
});

for (const [location, becomes] of [
  ["Upper/x", "Upper/x/app"],
  ["word", "word/app"],
  ["docker.io", "docker.io/app"],
  ["host:port", "host:port/app"],
  ["a b", "a b/app"],
  ["host/x:tag", "host/x:tag/app"],
] as const) {
  test(`a location ${JSON.stringify(location)} that makes no name of a repository is an error with its place`, async () => {
    const places = await located("example.com/app", `[[registry]]\nprefix = "example.com"\nlocation = "${location}"`);
    assert.throws(
      () => places.pull,
      (error: unknown) =>
        isDistillError(error, "CONFIG_INVALID") &&
        error.message.startsWith("conf:1: example.com/app becomes ") &&
        error.message.includes(JSON.stringify(becomes)),
    );
  });
}

test("locations that lead in a circle, or into themselves, are followed once", async () => {
  const conf = ["a", "b", "c"]
    .map((name, index, all) => `[[registry]]\nprefix = "${name}.net"\nlocation = "${all[(index + 1) % 3]}.net/x"\n`)
    .join("");
  assert.deepEqual((await located("a.net/app", conf)).pull.map(shown), ["b.net/x/app"]);
  const self = `[[registry]]\nprefix = "a.net"\nlocation = "a.net/x"`;
  assert.deepEqual((await located("a.net/x/app", self)).pull.map(shown), ["a.net/x/x/app"]);
});

const PARTS = fc.constantFrom("a", "b", "aa", "a-b");
const HOSTS = fc
  .tuple(fc.array(PARTS, { minLength: 1, maxLength: 3 }), fc.constantFrom("", ":5000"))
  .map(([parts, port]) => `${parts.join(".")}.net${port}`);
const NAMES = fc
  .tuple(HOSTS, fc.array(PARTS, { minLength: 1, maxLength: 3 }))
  .map(([host, parts]) => [host, ...parts].join("/"));
const PREFIXES = fc.oneof(
  NAMES,
  HOSTS,
  HOSTS.map((host) => `*.${host.replace(/:.*/, "")}`),
);

test("the rule that is found matches whole parts, is the longest, and does not depend on the order of rules", () => {
  const ruleOf = (prefix: string): RegistryRule => ({
    ...{ prefix, location: "", insecure: false, blocked: false, mirrors: [], where: "" },
  });
  /** The same said as regular expressions. */
  const matches = (name: string, prefix: string): boolean => {
    const escaped = prefix.replaceAll(/[.*-]/g, "\\$&").replace(/^\\\*/, "[^:/]+");
    return new RegExp(`^${escaped}(?:[:/]|$)`).test(name);
  };
  fc.assert(
    fc.property(NAMES, fc.uniqueArray(PREFIXES, { maxLength: 30 }), (name, prefixes) => {
      const expected = prefixes.filter((prefix) => matches(name, prefix)).map((prefix) => prefix.length);
      const found = findRule(name, prefixes.map(ruleOf));
      assert.equal(found?.rule.prefix.length, expected.length === 0 ? undefined : Math.max(...expected));
      assert.deepEqual(findRule(name, prefixes.toReversed().map(ruleOf)), found);
      if (found === undefined) return;
      assert.ok(matches(name, found.rule.prefix) && name.endsWith(found.rest));
    }),
  );
});

test("127.0.0.0/8, ::1 and localhost are this machine", () => {
  for (const host of ["localhost", "localhost:1", "127.0.0.1:5000", "127.9.9.9", "[::1]:5000"]) {
    assert.ok(isLoopback(host), host);
  }
  for (const host of ["localhost.example.com", "127.0.0.1.example.com", "128.0.0.1", "local", "[::2]"]) {
    assert.ok(!isLoopback(host), host);
  }
});
