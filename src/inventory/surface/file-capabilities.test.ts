import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryDirectory } from "../../../test/support/directories.ts";
import { emptyTree } from "../../../test/support/root-trees.ts";
import { unlessTools } from "../../../test/support/tools.ts";
import { BackingFile } from "../../rootfs/content.ts";
import { applyLayer } from "../../rootfs/layer-reader.ts";
import { UNKNOWN_OWNER } from "../../rootfs/owner.ts";
import { pathFromText } from "../../rootfs/path.ts";
import { capabilitiesOf } from "./file-capabilities.ts";

const words = (...values: readonly number[]): Uint8Array => new Uint8Array(Uint32Array.from(values).buffer);

test("capabilities are told in the words of cap_to_text", () => {
  assert.equal(capabilitiesOf(words(0x02000001, 1 << 13, 0, 0, 0)), "cap_net_raw=ep");
  assert.equal(capabilitiesOf(words(0x02000000, 1 << 10, 1 << 10, 0, 0)), "cap_net_bind_service=ip");
  assert.equal(
    capabilitiesOf(words(0x02000001, (1 << 12) | (1 << 13), 0, 1 << 6, 0)),
    "cap_net_admin,cap_net_raw,cap_perfmon=ep",
  );
  assert.equal(capabilitiesOf(words(0x03000001, 1 << 7, 0, 0, 0, 1000)), "cap_setuid=ep [rootid=1000]");
  assert.equal(capabilitiesOf(words(0x01000001, 1 << 21, 0)), "cap_sys_admin=ep");
  assert.equal(capabilitiesOf(words(0x02000001, 0, 0, 1 << 31, 0)), "cap_63=ep");
});

test("a value that the kernel refuses is told as such", () => {
  for (const value of [new Uint8Array(), new Uint8Array(3), words(0x02000001, 1), words(0x04000001, 1, 0, 0, 0)]) {
    assert.equal(capabilitiesOf(value), "invalid");
  }
});

const skip = process.getuid?.() === 0 ? unlessTools("setcap", "getcap", "tar") : "needs root";

test("getcap says the same of what setcap writes", { skip }, async (t) => {
  const directory = temporaryDirectory(t);
  const path = join(directory, "program");
  writeFileSync(path, "");
  for (const text of ["cap_net_raw=ep", "cap_chown,cap_kill=p", "cap_net_bind_service,cap_bpf=ei"]) {
    execFileSync("setcap", [text, path]);
    const tar = join(directory, "layer.tar");
    execFileSync("tar", ["--xattrs", "--xattrs-include=*", "-cf", tar, "-C", directory, "program"]);
    const layer = new BackingFile(tar);
    const tree = await applyLayer(emptyTree(), layer, UNKNOWN_OWNER).finally(() => layer.close());
    const value = tree.get(pathFromText("program"))?.attributes.xattrs.get("security.capability");
    const oracle = execFileSync("getcap", [path], { encoding: "utf8" })
      .trim()
      .slice(path.length + 1);
    assert.equal(capabilitiesOf(value ?? new Uint8Array()), oracle);
  }
});
