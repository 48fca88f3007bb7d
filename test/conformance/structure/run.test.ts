import assert from "node:assert/strict";
import { describe, it, test } from "node:test";
import { textContent } from "../../../src/rootfs/content.ts";
import { Attributer } from "../../../src/rootfs/node.ts";
import { pathFromText } from "../../../src/rootfs/path.ts";
import { TreeEditor } from "../../../src/rootfs/tree-editor.ts";
import { goRegex } from "./go-regex.ts";
import { problemsWith, type Subject } from "./run.ts";
import { parseStructureTest } from "./spec.ts";

const owner = { kind: "composed", piece: "test" } as const;

function subject(): Subject {
  const attributer = new Attributer();
  const editor = TreeEditor.empty(attributer.of({ mode: 0o755, owner }));
  const put = (path: string, text: string, mode: number, uid = 0): void => {
    const attributes = attributer.of({ mode, uid, gid: uid, owner });
    editor.put(pathFromText(path), { type: "file", attributes, content: textContent(text), inode: undefined });
  };
  editor.makeDirectories(pathFromText("/etc"), attributer.of({ mode: 0o755, owner }));
  put("/etc/motd", "hello\nworld\n", 0o644, 7);
  put("/etc/run", "#!", 0o4750);
  editor.put(pathFromText("/etc/link"), {
    type: "symlink",
    attributes: attributer.of({ mode: 0o777, owner }),
    target: "motd",
  });
  return {
    tree: editor.done(),
    config: { Env: ["A=1=2"], Entrypoint: ["/x"], ExposedPorts: { "80/tcp": {} }, Labels: { l: "v1" }, User: "0" },
    run: async () => ({ status: 3, stdout: "out\n", stderr: "err\n" }),
  };
}

/** What each check of the file says of the subject. */
async function problems(yaml: string, version = "2.0.0"): Promise<readonly (readonly string[])[]> {
  const checks = parseStructureTest(`schemaVersion: "${version}"\n${yaml}`, "test.yaml");
  return Promise.all(checks.map((check) => problemsWith(check, subject())));
}

describe("a structure test", () => {
  it("of files finds what is there, what is not, and how", async () => {
    assert.deepEqual(
      await problems(`fileExistenceTests:
- {name: a, path: /etc/motd, permissions: -rw-r--r--, uid: 7, gid: 7}
- {name: b, path: /etc/link, permissions: Lrwxrwxrwx}
- {name: c, path: /etc/run, permissions: urwxr-x---, isExecutableBy: group}
- {name: d, path: /etc/, permissions: drwxr-xr-x}
- {name: e, path: /none, shouldExist: false}
- {name: f, path: /none}
- {name: g, path: /etc/motd, shouldExist: false}
- {name: h, path: /etc/run, uid: 1, isExecutableBy: other}
`),
      [
        ...[[], [], [], [], []],
        ["/none is not there"],
        ["/etc/motd is there"],
        ["uid 0, expected 1", "not executable by other"],
      ],
    );
  });

  it("of contents follows links and matches over lines", async () => {
    const found = await problems(
      `fileContentTests:
- {name: a, path: /etc/link, expectedContents: ['^hello\\nworld\\n$'], excludedContents: ['bye']}
- {name: b, path: /etc/motd, expectedContents: ['^world'], excludedContents: ['wor.d']}
- {name: c, path: /none, expectedContents: ['x']}
`,
      "1.0.0",
    );
    assert.deepEqual(found[0], []);
    assert.deepEqual(found[1]?.length, 2);
    assert.deepEqual(found[2], ["/none is no file"]);
  });

  it("of commands looks at status and both outputs", async () => {
    const found = await problems(`commandTests:
- {name: a, command: x, args: [y], exitCode: 3, expectedOutput: [^out], expectedError: [err], excludedOutput: [err]}
- {name: b, command: x, excludedError: [err]}
`);
    assert.deepEqual(found[0], []);
    assert.deepEqual(found[1]?.length, 2);
  });

  it("of metadata compares the config, with the ports' protocol or without", async () => {
    const right = "{env: [{key: A, value: 1=2}], exposedPorts: ['80'], entrypoint: [/x], cmd: [], user: '0'}";
    const regex = "{labels: [{key: l, value: '^v\\\\d$', isRegex: true}], volumes: [/data]}";
    assert.deepEqual(await problems(`metadataTest: ${right}`), [[]]);
    assert.deepEqual(await problems(`metadataTest: ${regex.replaceAll("\\\\", "\\")}`), [["/data is no volume"]]);
    assert.equal((await problems("metadataTest: {workdir: /y, env: [{key: B, value: ''}]}"))[0]?.length, 2);
  });

  it("that says what is not known is an error", async () => {
    await assert.rejects(problems("fileTests: []\n"), /fileTests is not known/);
    await assert.rejects(problems("fileExistenceTests: [{name: a, path: /, mode: 1}]"), /mode is not known/);
    await assert.rejects(problems("", "3.0.0"), /schema version 3.0.0/);
  });
});

test("expressions of Go's syntax mean the same in JavaScript's", () => {
  assert.match("HELLO", goRegex("(?i)^hello$"));
  assert.match("a.b", goRegex("^\\Qa.b\\E$"));
  assert.doesNotMatch("axb", goRegex("^\\Qa.b\\E$"));
  assert.match("x=1", goRegex("\\A(?P<name>[[:alpha:]])=[[:digit:]]\\z"));
  assert.doesNotMatch("x=1\n", goRegex("\\Ax=1\\z"));
  assert.throws(() => goRegex("(?U)a+"), RangeError);
  assert.throws(() => goRegex("\\pL"), RangeError);
});
