import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { claimsOf, type LayerEntries } from "../../../test/support/layer-files.ts";
import { unlessTools } from "../../../test/support/tools.ts";
import { gemCataloger } from "./gem.ts";

async function read(entries: LayerEntries) {
  const { claims, warnings } = await claimsOf(gemCataloger, entries);
  const packages = claims.flatMap((claim) => (claim.kind === "package" ? [claim] : []));
  return { packages, warnings, shown: packages.map(({ package: { name, version } }) => `${name} ${version}`) };
}

/** As RubyGems 3.3 writes them. */
const specification = (name: string, version: string, more = ""): string => `# -*- encoding: utf-8 -*-
# stub: ${name} ${version} ruby lib

Gem::Specification.new do |s|
  s.name = "${name}".freeze
  s.version = "${version}"

  s.required_rubygems_version = Gem::Requirement.new(">= 1.3".freeze) if s.respond_to? :required_rubygems_version=
  s.rubygems_version = "3.3.15".freeze
${more}end
`;

const HOME = "usr/local/bundle";

test("a gem is what lies beside its specification, with its licenses and what it needs when it runs", async () => {
  const more = `  s.licenses = ["Ruby".freeze, "BSD-2-Clause".freeze]
  if s.respond_to? :add_runtime_dependency then
    s.add_runtime_dependency(%q<racc>.freeze, ["~> 1.4"])
    s.add_runtime_dependency(%q<mini_portile2>.freeze, ["~> 2.8"])
    s.add_development_dependency(%q<minitest>.freeze, ["~> 5.0"])
  else
    s.add_dependency(%q<racc>.freeze, ["~> 1.4"])
    s.add_dependency(%q<minitest>.freeze, ["~> 5.0"])
  end
`;
  const { packages, warnings } = await read({
    [`${HOME}/specifications/nokogiri-1.18.1-x86_64-linux-gnu.gemspec`]: specification("nokogiri", "1.18.1", more),
  });
  assert.deepEqual(packages, [
    {
      kind: "package",
      package: {
        type: "gem",
        name: "nokogiri",
        version: "1.18.1",
        architecture: "",
        source: undefined,
        licenses: ["Ruby", "BSD-2-Clause"],
        dependencies: [["racc"], ["mini_portile2"]],
      },
      files: [
        `${HOME}/specifications/nokogiri-1.18.1-x86_64-linux-gnu.gemspec`,
        `${HOME}/cache/nokogiri-1.18.1-x86_64-linux-gnu.gem`,
      ],
      directories: [`${HOME}/gems/nokogiri-1.18.1-x86_64-linux-gnu`, `${HOME}/doc/nokogiri-1.18.1-x86_64-linux-gnu`],
    },
  ]);
  assert.deepEqual(warnings, []);
});

test("gems that came with Ruby lie beside the others", async () => {
  const { packages } = await read({
    "specifications/at-root-1.gemspec": specification("at-root", "1"),
    "usr/lib/ruby/gems/3.1.0/specifications/default/json-2.6.1.gemspec": specification("json", "2.6.1"),
    "var/lib/gems/3.1.0/specifications/a-1.gemspec": specification("a", "1"),
  });
  assert.deepEqual(
    packages.map((claim) => claim.directories[0]),
    ["gems/at-root-1", "usr/lib/ruby/gems/3.1.0/gems/json-2.6.1", "var/lib/gems/3.1.0/gems/a-1"],
  );
});

test("other spellings of the same are read", async () => {
  const { shown, packages } = await read({
    "specifications/a.gemspec":
      "spec.name = 'a'\nspec.version = Gem::Version.new('1.2.pre')\nspec.license = 'MIT'\nspec.add_dependency 'b', '~> 1'\n",
  });
  assert.deepEqual(shown, ["a 1.2.pre"]);
  assert.deepEqual(packages[0]?.package.licenses, ["MIT"]);
  assert.deepEqual(packages[0]?.package.dependencies, [["b"]]);
});

test("a gemspec elsewhere is a source, and what is damaged is told with its name", async () => {
  const { shown, warnings } = await read({
    "app/mine.gemspec": specification("mine", "1"),
    "gems/rake-1/rake.gemspec": specification("rake", "1"),
    "specifications/a.gemspec": "s.name = a\ns.version = VERSION\n",
    "specifications/b.gemspec": specification("../b", "1"),
    "specifications/c.gemspec": " ".repeat(5_000_000),
    "specifications/ok.gemspec": specification("ok", "1"),
  });
  assert.deepEqual(shown, ["ok 1"]);
  assert.deepEqual(warnings, [
    "/specifications/a.gemspec: it is no specification of a gem: name or version are missing",
    "/specifications/b.gemspec: it is no specification of a gem: name or version are missing",
    "/specifications/c.gemspec: it is larger than 4194304 bytes and is not read",
  ]);
});

test("no bytes make it throw, or take long", async () => {
  const part = fc.constantFrom(
    "s.name = ",
    "s.version = ",
    '"a"',
    "\n",
    " ",
    "else",
    "s.add_dependency(%q<",
    ">",
    "'",
    "1",
    ".licenses = [",
  );
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 60 }), async (parts) => {
      await read({ "specifications/a.gemspec": parts.join("") });
    }),
    { numRuns: 200 },
  );
  const began = performance.now();
  for (const unit of [
    " ",
    "\t\n",
    "s.name = '",
    "w",
    "s.licenses = ",
    "s.add_dependency(%q<",
    "s.license = 'a',\"",
    "else",
  ]) {
    await read({ "specifications/a.gemspec": specification("a", "1", unit.repeat(200_000)) });
  }
  assert.ok(performance.now() - began < 5000);
});

const ASK = `
require "json"
puts JSON.dump(Gem::Specification.map { |s| [s.loaded_from, s.name, s.version.to_s, s.licenses, s.runtime_dependencies.map(&:name), s.full_gem_path] })`;

test("RubyGems itself reads the same of the gems on this machine", { skip: unlessTools("ruby") }, async () => {
  const asked = JSON.parse(execFileSync("ruby", ["-e", ASK], { encoding: "utf8" })) as [
    string,
    string,
    string,
    string[],
    string[],
    string,
  ][];
  for (const [path, name, version, licenses, needs] of asked) {
    const { packages } = await read({ [path]: readFileSync(path) });
    const facts = packages[0]?.package;
    assert.deepEqual(
      [facts?.name, facts?.version, facts?.licenses, facts?.dependencies.flat()],
      [name, version, licenses, needs],
    );
  }
});
