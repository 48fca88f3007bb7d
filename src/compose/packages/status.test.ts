import assert from "node:assert/strict";
import { test } from "node:test";
import { payloadOf } from "../../../test/support/packages.ts";
import { file } from "../../../test/support/tar.ts";
import { Attributer } from "../../rootfs/node.ts";
import { pathFromText } from "../../rootfs/path.ts";
import { TreeEditor } from "../../rootfs/tree-editor.ts";
import { recordPackage } from "./status.ts";

test("a record is the package's control file and md5sums, byte for byte", async (t) => {
  // Not UTF-8, no newline at the end, carriage returns: whatever it is, it is not ours to change.
  const control = Buffer.from("Package: demo\r\nMaintainer: J\xf6rg \xff\nDescription: x", "latin1");
  const payload = await payloadOf(t, { name: "demo", control, entries: [file("./etc/x", "1")] });
  const attributer = new Attributer();
  const editor = TreeEditor.empty(attributer.of({ mode: 0o755, owner: { kind: "unknown" } }));
  recordPackage(editor, attributer, payload);
  recordPackage(editor, attributer, await payloadOf(t, { name: "g++" }));
  const tree = editor.done();
  const at = async (name: string) => {
    const node = tree.get(pathFromText(`/var/lib/dpkg/status.d/${name}`));
    if (node?.type !== "file") return undefined;
    assert.equal(node.attributes.mode, 0o644);
    return Buffer.from(await node.content.read(0, node.content.size));
  };
  assert.deepEqual(await at("demo"), control);
  assert.equal((await at("demo.md5sums"))?.toString(), "c4ca4238a0b923820dcc509a6f75849b  etc/x\n");
  assert.ok((await at("g++")) !== undefined);
  assert.equal(await at("g++.md5sums"), undefined);
});
