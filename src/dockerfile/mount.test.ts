import assert from "node:assert/strict";
import { test } from "node:test";
import { DistillError } from "../lib/errors.ts";
import { parseDockerfile } from "./dockerfile.ts";
import { type Mount, readMount } from "./mount.ts";

function mount(fields: string, expand = (text: string): string => text): Omit<Mount, "flag"> {
  const { source, instructions } = parseDockerfile(`FROM a\nRUN --mount=${fields} true`);
  const run = instructions[1];
  const flag = run?.kind === "RUN" ? run.mounts[0] : undefined;
  assert.ok(flag);
  const { flag: _, ...rest } = readMount(flag, source, expand);
  return Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)) as Omit<Mount, "flag">;
}

test("each type of mount is read with what it may have", () => {
  assert.deepEqual(mount("target=/a"), { type: "bind", target: "/a", readOnly: true });
  assert.deepEqual(mount("type=bind,src=b,dst=/a,from=c,rw"), {
    type: "bind",
    target: "/a",
    readOnly: false,
    from: "c",
    source: "b",
  });
  assert.deepEqual(mount("type=cache,destination=/a,id=x,sharing=LOCKED,mode=0750,uid=1,gid=2,ro"), {
    type: "cache",
    target: "/a",
    readOnly: true,
    id: "x",
    sharing: "locked",
    mode: 0o750,
    uid: 1,
    gid: 2,
  });
  assert.deepEqual(mount("type=tmpfs,target=/a,size=1.5m"), {
    type: "tmpfs",
    target: "/a",
    readOnly: false,
    size: 1_572_864,
  });
  assert.deepEqual(mount("type=secret,id=x,env=Y,required"), {
    type: "secret",
    readOnly: true,
    id: "x",
    env: "Y",
    required: true,
  });
  assert.deepEqual(mount("type=ssh,required=false"), { type: "ssh", readOnly: true, required: false });
});

test("fields in quotes may hold commas, and keys have no case", () => {
  assert.deepEqual(mount(`'TARGET=/a,"source=b,""c"""'`), {
    type: "bind",
    target: "/a",
    readOnly: true,
    source: 'b,"c"',
  });
});

test("the last of readonly and readwrite counts", () => {
  assert.equal((mount("target=/a,ro,rw=true") as Mount).readOnly, false);
  assert.equal((mount("target=/a,rw,ro") as Mount).readOnly, true);
  assert.equal((mount("target=/a,rw=0") as Mount).readOnly, true);
});

test("variables are replaced in every value but from", () => {
  const expand = (text: string): string => text.replace("$T", "cache");
  assert.deepEqual(mount("type=$T,target=/$T,id=$T", expand), {
    type: "cache",
    target: "/cache",
    readOnly: false,
    id: "cache",
  });
});

test("unknown keys and types, foreign keys and wrong values are refused at the flag", () => {
  const wrong = {
    "typ=cache": "did you mean type?",
    "type=cach,target=/a": "did you mean cache?",
    "type=x": "there are bind, cache, tmpfs, secret, ssh",
    "target=/a,z": "the keys are",
    target: undefined,
    "target=/a,sharing=locked": undefined,
    "target=/a,mode=0755": undefined,
    "type=cache,target=/a,mode=9": undefined,
    "type=cache,target=/a,uid=-1": undefined,
    "type=cache,target=/a,uid=4294967296": undefined,
    "type=cache,target=/a,sharing=all": undefined,
    "type=tmpfs,target=/a,size=big": undefined,
    "type=bind,target=/a,size=1": undefined,
    "target=/a,ro=maybe": undefined,
    "type=secret": undefined,
    "type=secret,id=a,source=b": undefined,
    "type=secret,id=a,from=b": undefined,
    "target=/a,__proto__=b": undefined,
  };
  for (const [fields, hint] of Object.entries(wrong)) {
    assert.throws(
      () => mount(fields),
      (error) => {
        assert.ok(error instanceof DistillError, fields);
        assert.match(error.message, /^Dockerfile:2:5: /, fields);
        if (hint !== undefined) assert.ok(error.hint?.startsWith(hint), `${fields}: ${error.hint}`);
        return true;
      },
    );
  }
});
