import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Diagnosis, ExecutorState } from "../sandbox/machine/diagnosis.ts";
import { describeDiagnosis } from "./diagnosis.ts";

const crun: ExecutorState = {
  ...{ name: "crun", works: true, chosen: true, filtered: true, missing: [], limits: [], failure: undefined },
};
const bubblewrap: ExecutorState = {
  ...{ ...crun, name: "bubblewrap", works: false, chosen: false, filtered: false },
  missing: [{ what: "bwrap is not installed", remedy: "apt install bubblewrap" }],
};
const utilLinux: ExecutorState = {
  ...{ ...crun, name: "util-linux", chosen: false, filtered: false },
  limits: ["set-user-ID programs run as who starts them"],
};

describe("what doctor prints", () => {
  test("says first whether RUN works and by what", () => {
    assert.equal(
      describeDiagnosis(diagnosis([crun, bubblewrap, utilLinux])),
      `RUN works: crun, as root
  user    root
  files   belong to whom the image says
  kernel  Linux 6.1.0, overlayfs
  limits  --memory and --cpus work

EXECUTOR    WORKS      REMARKS
crun        yes, used
bubblewrap  no         bwrap is not installed
util-linux  yes        system calls are not filtered; set-user-ID programs run as who starts them

What would help:
  apt install bubblewrap  (bwrap is not installed)
`,
    );
  });

  test("says so where the chosen one fails and another one works, and where none does", () => {
    const broken = { ...crun, works: false, failure: "crun: no such thing" };
    const text = describeDiagnosis(diagnosis([broken, utilLinux]));
    assert.match(text, /^RUN works with --executor util-linux, and not with crun\n/);
    assert.match(text, /^crun {8}fails {2}crun: no such thing$/m);
    assert.match(describeDiagnosis(diagnosis([broken, bubblewrap])), /^RUN does not work here\n/);
  });
});

function diagnosis(executors: readonly ExecutorState[]): Diagnosis {
  return {
    facts: {
      ...{ mapping: { kind: "root" }, overlay: true, forbidden: [], container: undefined, programs: new Map() },
      user: { uid: 0, name: "root", administers: true },
      kernel: { release: "6.1.0", major: 6, minor: 1 },
    },
    ...{ executors, users: [], withoutLimits: undefined, works: executors.some(({ works }) => works) },
  };
}
