// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are parameters of sh
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import fc from "fast-check";
import { unlessTools } from "../../../test/support/tools.ts";
import { isAlwaysThere } from "./commands.ts";
import type { Effect } from "./script-effect.ts";
import { readScript, type ScriptReading } from "./script-reader.ts";
import type { FileAnswer, ScriptWorld } from "./script-world.ts";

const ABSENT: FileAnswer = { type: "absent", symlink: false };
const FILE: FileAnswer = { type: "file", symlink: false };

/** A fresh system with these files and nothing else below /etc, /usr and /var. */
function world(files: readonly string[] = []): ScriptWorld {
  return {
    package: "demo",
    architecture: "amd64",
    tuple: "x86_64-linux-gnu",
    file: (path) => (files.includes(path) ? FILE : /^\/(?:etc|usr|var)\//.test(path) ? ABSENT : undefined),
    command: (name) => isAlwaysThere(name),
    account: (_, name) => name === "root",
  };
}

const configure = (text: string, files: readonly string[] = []): ScriptReading =>
  readScript(`#!/bin/sh\nset -e\n${text}`, ["configure", ""], world(files));

/** What no piece does, as text. */
const undone = (text: string, files?: readonly string[]): readonly string[] =>
  configure(text, files)
    .commands.filter(({ verdict }) => verdict.kind === "more")
    .map((command) => command.text);

const effects = (text: string, files?: readonly string[]): readonly Effect[] =>
  configure(text, files).commands.flatMap(({ verdict }) => (verdict.kind === "done" ? verdict.effects : []));

describe("readScript: what a fresh installation reaches", () => {
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    ["a case of $1", 'case "$1" in\n  configure) a;;\n  abort-upgrade|abort-remove) b;;\n  *) c;;\nesac', ["a"]],
    ["patterns", "case lib64 in lib[0-9]) a;; lib[!a-z]*) b;; *) c;; esac", ["b"]],
    ["an upgrade only", 'if [ -n "$2" ]; then a; else b; fi', ["b"]],
    ["a test of two parts", '[ "$1" = configure ] && [ -z "$2" ] && a || b', ["a"]],
    ["-a, -o and !", 'if [ "$1" = configure -a ! "$2" = 1 -o x = y ]; then a; fi', ["a"]],
    ["an old version with lt, which is earlier than any", 'if dpkg --compare-versions "$2" lt 2.0; then a; fi', ["a"]],
    ["an old version with lt-nl", 'if dpkg --compare-versions "$2" lt-nl 2.0; then a; fi', []],
    ["versions", "dpkg --compare-versions 1.0~rc1 lt 1.0 && a", ["a"]],
    ["functions and their arguments", 'f() { [ "$2" = y ] || return 0; g "$1"; }\nf x y\nf x z', ["g x"]],
    ["the status of a function", 'first() { [ -z "$2" ]; }\nif first "$@"; then a; else b; fi', ["a"]],
    ["a loop over words", "for i in x y; do cmd $i; done", ["cmd x", "cmd y"]],
    ["break", 'for i in x y z; do [ $i = y ] && break; cmd "$i"; done', ["cmd x"]],
    ["what follows an exit", "a; exit 0; b", ["a"]],
    ["a subshell's exit", "(exit 1; b); a", ["a"]],
    ["assignments and defaults", `V=1; cmd \${V:-2} \${W:-3} "\${X:+4}" \${#V}`, ["cmd 1 3 '' 1"]],
    ["trimming", "f=a.b.c; cmd ${f%.*} ${f%%.*} ${f#*.} ${f##*.}", ["cmd a.b a b.c c"]],
    ["known substitutions", "cmd $(dirname /a/b) `basename /a/b` $(dpkg --print-architecture)", ["cmd /a b amd64"]],
    ["splitting", `l="x  y"; cmd $l; cmd "$l"; for i in $l; do one $i; done`, ["cmd x y", "one x", "one y"]],
    ["files of the image", "[ -e /etc/there ] && a; [ -f /etc/missing ] || b; test -x /usr/bin/frob && c", ["a", "b"]],
    ["programs that are there or not", "if which frob >/dev/null; then frob; fi; command -v sed && a", ["a"]],
    ["what the script made itself", "mkdir -p /var/lib/x; if [ ! -d /var/lib/x ]; then a; fi", []],
    ["accounts", "getent passwd root && a; if ! getent passwd daemon2 >/dev/null; then b; fi", ["a", "b"]],
    ["here-documents", "if true; then\ncat <<-EOF >/etc/x\n\tdone fi\n\tEOF\na\nfi", ["cat > /etc/x", "a"]],
    ["continued lines and comments", "cmd one \\\n  two # three\n", ["cmd one two"]],
    ["pipes", "echo x | frob | sed s/a/b/", ["frob"]],
    ["what a substitution runs", 'x=$(frob --list); test -n "$x" && cmd "$x"', ["frob --list", "cmd $x"]],
    ["both ways where nobody can know", "if grep -q x /proc/mounts; then a; else b; fi", ["a", "b"]],
    ["an exit that a sound system does not take", "if ! grep -q x /proc/mounts; then exit 1; fi; a", ["a"]],
    ["negated pipelines", "! false && a; ! true && b", ["a"]],
    ["shift", 'set -- x y; shift; cmd "$@"', ["cmd y"]],
    ["while", "n=1; while grep -q $n /proc/x; do cmd $n; n=2; done", ["cmd $n"]],
    ["DPKG_ROOT, which is empty", 'frob "$DPKG_ROOT/etc/x" ${DPKG_ROOT:+--root=$DPKG_ROOT}', ["frob /etc/x"]],
    ["a sourced file that may set anything", "V=1; . /etc/default/x; cmd $V", ["cmd $V"]],
    ["debconf's answers, unknown", '. /usr/share/debconf/confmodule; db_get x/y; cmd "$RET"', ["cmd $RET"]],
  ];
  for (const [name, text, expected] of cases) {
    it(name, () => assert.deepEqual(undone(text, ["/etc/there"]), expected));
  }

  it("reads preinst with its own arguments", () => {
    const text = '#!/bin/sh\nif [ "$1" = install ] && [ -z "$2" ]; then a; fi\n[ "$1" = upgrade ] && b';
    const { commands } = readScript(text, ["install"], world());
    assert.deepEqual(
      commands.filter(({ verdict }) => verdict.kind === "more").map(({ text, line }) => [text, line]),
      [["a", 2]],
    );
  });

  it("tells the line and the arguments as far as they are known, on one line without control characters", () => {
    const [command] = configure('cmd "a\n\u001b[31mb" $(frob)').commands.filter((each) => each.text.startsWith("cmd"));
    assert.equal(command?.text, "cmd a [31mb $(...)");
    assert.equal(command?.line, 3);
  });
});

describe("readScript: what becomes of commands", () => {
  it("needs nothing for services, compiled Python, dpkg's bookkeeping and queries", () => {
    const text = `deb-systemd-helper enable x.service; invoke-rc.d x start || exit 1; update-rc.d x defaults
      py3compile -p x; dpkg-maintscript-helper rm_conffile /etc/x 1 -- "$@"; db_input high x || true; db_go
      sed s/a/b/ /etc/x | grep y; find /var -name x; rm -f /var/cache/x; dpkg-trigger --no-await man-db; exec 1>&2
      systemctl --system daemon-reload >/dev/null || true; update-alternatives --remove a /usr/bin/b; command -v x`;
    assert.deepEqual(undone(text), []);
    assert.deepEqual(effects(text), []);
  });

  it("takes alternatives apart, with their followers", () => {
    const text = "update-alternatives --install /usr/bin/e e /usr/bin/e1 30 --slave /usr/bin/f f /usr/bin/f1";
    assert.deepEqual(effects(text), [
      {
        kind: "alternative",
        link: "/usr/bin/e",
        name: "e",
        path: "/usr/bin/e1",
        priority: 30,
        followers: [{ link: "/usr/bin/f", name: "f", path: "/usr/bin/f1" }],
      },
    ]);
  });

  it("takes accounts apart", () => {
    const common = { id: undefined, shell: "/usr/sbin/nologin", comment: "" };
    assert.deepEqual(effects("adduser --system --group --home /var/lib/x --no-create-home --gecos 'X y' x"), [
      { ...common, kind: "user", name: "x", group: undefined, home: "/var/lib/x", comment: "X y", makeHome: false },
    ]);
    assert.deepEqual(effects("adduser --system x"), [
      { ...common, kind: "user", name: "x", group: "nogroup", home: "/nonexistent", makeHome: false },
    ]);
    assert.deepEqual(effects("useradd -r -g g -d /srv/x -s /bin/false -u 123 x; addgroup --system g; adduser x g"), [
      { ...common, kind: "user", name: "x", id: 123, group: "g", home: "/srv/x", shell: "/bin/false", makeHome: false },
      { kind: "group", name: "g", id: undefined },
      { kind: "member", user: "x", group: "g" },
    ]);
    assert.deepEqual(undone("adduser --system 'x:0:0'; adduser --system --home /a:b x; adduser mary"), [
      "adduser --system x:0:0",
      "adduser --system --home /a:b x",
      "adduser mary",
    ]);
  });

  it("takes changes to files apart where every argument is known", () => {
    assert.deepEqual(effects("install -d -m 750 -o u -g g /var/lib/x; ln -sf ../t /etc/l; chown -R u: /var/lib/x"), [
      { kind: "directory", path: "/var/lib/x", mode: undefined },
      { kind: "owner", path: "/var/lib/x", user: "u", group: "g", recursive: false },
      { kind: "mode", path: "/var/lib/x", mode: "750", recursive: false },
      { kind: "link", path: "/etc/l", target: "../t", force: true },
      { kind: "owner", path: "/var/lib/x", user: "u", group: "u", recursive: true },
    ]);
    assert.deepEqual(
      undone("chmod 600 /etc/x*; chown $USER /etc/x; mkdir relative; ln -s a ../../etc/x; touch /a/../b"),
      ["chmod 600 /etc/x*", "chown $USER /etc/x", "mkdir relative", "ln -s a ../../etc/x", "touch /a/../b"],
    );
  });

  it("does not take a change as done that only a run would show to be wanted", () => {
    const text = "if grep -q x /proc/x; then chmod 4755 /usr/bin/x; mkdir -p /var/lib/x; fi";
    assert.deepEqual(undone(text), ["chmod 4755 /usr/bin/x"]);
    assert.deepEqual(effects(text), [{ kind: "directory", path: "/var/lib/x", mode: undefined }]);
    assert.deepEqual(undone("grep -q x /proc/x || exit 0; chmod 600 /etc/x"), ["chmod 600 /etc/x"]);
  });

  it("tells of programs it does not know, of writing to files and of names from prototypes", () => {
    assert.deepEqual(undone("echo a > /etc/x; sed -i s/a/b/ /etc/x; constructor; __proto__ x; /usr/lib/x/setup"), [
      "echo a > /etc/x",
      "sed -i s/a/b/ /etc/x",
      "constructor",
      "__proto__ x",
      "/usr/lib/x/setup",
    ]);
  });
});

describe("readScript: whatever the text is", () => {
  const SAMPLE = `#!/bin/sh
set -e
. /usr/share/debconf/confmodule
link() { [ -e "$2" ] || ln -s "$1" "$2"; }
case "$1" in
  configure|reconfigure)
    for f in a b "c d"; do link "/usr/share/x/$f" "/etc/x/\${f%% *}"; done
    if [ -z "$2" ] && ! getent passwd x > /dev/null; then adduser --system --group x || exit $?; fi
    while read -r line; do echo "$line" >> /etc/x.conf; done <<EOF
one $(two \`three\`) \${four:-"five"}
EOF
  ;;
  *) echo "unknown \\"$1\\"" >&2; exit 1 ;;
esac
exit 0
`;
  const problem = (text: string) => readScript(text, ["configure", ""], world()).problem;

  it("reads the sample to its end", () => assert.equal(problem(SAMPLE), undefined));

  it("never throws for damaged scripts", () => {
    const edit = fc.record({
      at: fc.nat(SAMPLE.length),
      remove: fc.nat(12),
      insert: fc.constantFrom(
        "",
        "$(",
        "`",
        "'",
        '"',
        "${",
        "(",
        ")",
        "{ ",
        "}",
        ";;",
        "fi\n",
        "done\n",
        "\\",
        "<<E\n",
        "&&",
        "|",
        "\0",
        "é",
        "case x in",
        "[ ",
      ),
    });
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 6 }), (edits) => {
        let text = SAMPLE;
        for (const { at, remove, insert } of edits) text = text.slice(0, at) + insert + text.slice(at + remove);
        const { commands } = readScript(text, ["configure", ""], world());
        assert.ok(commands.length < 1000);
      }),
    );
  });

  it("never throws for any text", () => {
    const token = fc.constantFrom(
      ..."if then else fi for do done in case esac while { } ( ) ; ;; && || | & < > << $ ` ' \" \\ # ! [ ] * x = x() $1 ${x} \n".split(
        " ",
      ),
      "\n",
      " ",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(token, { maxLength: 60 }).map((tokens) => tokens.join(" ")),
        ),
        (text) => {
          readScript(text, ["configure", ""], world());
        },
      ),
    );
  });

  const bombs: readonly (readonly [string, string])[] = [
    ["nested substitutions", "$(".repeat(5000)],
    ["nested parentheses", "(".repeat(100_000)],
    ["nested braces", `x=${"${a:-".repeat(5000)}`],
    ["nested backquotes", "`\\".repeat(20_000)],
    ["nested quotes", `"$(`.repeat(5000)],
    ["nested ifs", "if a; then\n".repeat(5000)],
    ["a value that doubles", `a=xxxxxxxx\n${"a=$a$a\n".repeat(200)}cmd $a`],
    [
      "a list that doubles",
      `a="x y"\n${'a="$a $a"\n'.repeat(30)}for i in $a; do for j in $a; do cmd $i $j; done; done`,
    ],
    ["recursion", "f() { f; f; }\nf"],
    ["mutual recursion through arguments", 'f() { g "$@" x; }\ng() { f "$@" "$@"; }\nf a b'],
    [
      "functions that double",
      [...Array.from({ length: 40 }, (_, n) => `f${n}() { f${n + 1}; f${n + 1}; }`), "f0"].join("\n"),
    ],
    ["a long chain", `a ${"&& a ".repeat(100_000)}`],
    ["a long pipe", `a ${"| a ".repeat(100_000)}`],
    ["many variables", Array.from({ length: 20_000 }, (_, n) => `v${n}=1`).join("\n")],
    ["many branches", "if grep x; then a=1; else a=2; fi\n".repeat(20_000)],
    ["stars", `case ${"a".repeat(4000)} in ${"*a".repeat(1500)}b) x;; esac`],
    ["unclosed here-documents", "cat <<E\n".repeat(20_000)],
    ["negations", `[ ${"! ".repeat(10_000)} x ] && a`],
  ];
  for (const [name, text] of bombs) {
    it(`ends soon: ${name}`, () => {
      const began = process.cpuUsage();
      const { commands } = readScript(text, ["configure", ""], world());
      assert.ok(commands.every((each) => each.text.length < 1000));
      // Time of the processor, in microseconds: other work on the machine does not count.
      assert.ok(process.cpuUsage(began).user < 5_000_000);
    });
  }
});

describe("readScript beside sh", { skip: unlessTools("sh") }, () => {
  /** A script all of whose conditions are certain; `mark` is the command to be seen. */
  const word = fc.constantFrom(
    "$x",
    '"$x"',
    '"$y"',
    "$z",
    "a",
    "'b c'",
    '"$1"',
    '"$2"',
    '"${z:-d}"',
    '"${x%b}"',
    "$#",
    '"$@"',
  );
  const condition = fc.oneof(
    fc
      .tuple(word, fc.constantFrom("=", "!="), word)
      .map(([a, op, b]) => `[ x${a.replace(/"\$@"|\$z/, "q")} ${op} x${b.replace(/"\$@"|\$z/, "q")} ]`),
    fc.constantFrom(
      '[ -n "$x" ]',
      '[ -z "$z" ]',
      "true",
      "false",
      '[ "$1" = configure ]',
      '[ ! -z "$y" ]',
      "probe",
      "[ $# -gt 1 ]",
    ),
  );
  const { statement } = fc.letrec<{ statement: string; block: string }>((tie) => ({
    statement: fc.oneof(
      { maxDepth: 4, depthSize: "small" },
      fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => `mark ${words.join(" ")}`),
      fc.tuple(fc.constantFrom("x", "y", "z"), word).map(([name, value]) => `${name}=${value.replace('"$@"', '"$*"')}`),
      fc.tuple(condition, tie("block"), tie("block")).map(([test, a, b]) => `if ${test}; then\n${a}\nelse\n${b}\nfi`),
      fc
        .tuple(condition, fc.constantFrom("&&", "||"), tie("statement"))
        .map(([test, op, then]) => `${test} ${op} { ${then}\n}`),
      fc
        .tuple(word, tie("block"), tie("block"))
        .map(
          ([value, a, b]) =>
            `case ${value.replace('"$@"', '"$*"')} in\n a|b*) ${a}\n;;\n configure) ${b}\n;;\n*) mark other;;\nesac`,
        ),
      fc
        .tuple(fc.array(word, { maxLength: 3 }), tie("block"))
        .map(([words, body]) => `for i in ${words.join(" ")}; do\nmark "$i"\n${body}\ndone`),
      fc.tuple(word, tie("block")).map(([value, body]) => `f() {\n${body}\n}\nf ${value}`),
      tie("block").map((body) => `( ${body}\n)`),
      fc.constantFrom("exit 0", "return 0", "shift", "set -- p q", "! true || mark negated"),
    ),
    block: fc
      .array(tie("statement") as fc.Arbitrary<string>, { minLength: 1, maxLength: 3 })
      .map((lines) => lines.join("\n")),
  }));

  it("reaches the commands that sh runs, with the same arguments", () => {
    let compared = 0;
    fc.assert(
      fc.property(fc.array(statement, { minLength: 1, maxLength: 6 }), (statements) => {
        const text = `x=ab\ny="c d"\nprobe() { [ "$x" = ab ]; }\nmain() {\n${statements.join("\n")}\n}\nmain "$@"\n`;
        const { stdout, stderr } = spawnSync(
          "sh",
          [
            "-c",
            `mark() { printf 'mark'; for a in "$@"; do [ -z "$a" ] && a="''"; printf ' %s' "$a"; done; echo; }\n${text}`,
            "sh",
            "configure",
            "",
          ],
          { encoding: "utf8", timeout: 10_000 },
        );
        // dash ends a script that shifts more than there is.
        fc.pre(stderr === "");
        const { commands, problem } = readScript(text, ["configure", ""], world());
        assert.equal(problem, undefined, text);
        const ours = commands
          .filter(({ text }) => text.startsWith("mark"))
          .map((each) => each.text.replace(/ +/g, " ").trim());
        const theirs = stdout
          .split("\n")
          .filter((line) => line !== "")
          .map((line) => line.replace(/ +/g, " ").trim());
        compared++;
        // Certain in every part: what is reached is exactly what ran, each command and argument once.
        assert.deepEqual(new Set(ours), new Set(theirs), text);
      }),
      { numRuns: 60 },
    );
    assert.ok(compared > 20);
  });
});
