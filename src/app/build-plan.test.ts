import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryDirectory } from "../../test/support/directories.ts";
import { chooseBuildFile } from "./build-plan.ts";

test("the file given with -f wins over everything in the directory", (t) => {
  const directory = temporaryDirectory(t);
  const given = join(directory, "other.yaml");
  for (const name of ["Dockerfile", "distill.yaml", "other.yaml"]) writeFileSync(join(directory, name), "");
  assert.deepEqual(chooseBuildFile(directory, given), {
    path: given,
    why: "given with -f",
    language: "yaml",
  });
});

test("without -f a Dockerfile is chosen before a distill.yaml", (t) => {
  const directory = temporaryDirectory(t);
  const [dockerfile, yaml] = [join(directory, "Dockerfile"), join(directory, "distill.yaml")];
  writeFileSync(yaml, "");
  assert.equal(chooseBuildFile(directory, undefined).path, yaml);
  writeFileSync(dockerfile, "");
  const chosen = chooseBuildFile(directory, undefined);
  assert.deepEqual([chosen.path, chosen.language], [dockerfile, "dockerfile"]);
});

test("a file or a directory that is not there is named", (t) => {
  const directory = temporaryDirectory(t);
  assert.throws(() => chooseBuildFile(directory, undefined), { code: "NO_SUCH_PATH", message: /neither a Dockerfile/ });
  assert.throws(() => chooseBuildFile(join(directory, "x"), undefined), {
    code: "NO_SUCH_PATH",
    message: /does not exist/,
  });
  const missing = join(directory, "Dockerfile.prod");
  assert.throws(() => chooseBuildFile(directory, missing), {
    code: "NO_SUCH_PATH",
    message: `${missing} does not exist`,
  });
});
