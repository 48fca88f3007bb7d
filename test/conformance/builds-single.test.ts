import { test } from "node:test";
import { becomeUser } from "../support/become-user.ts";
import { makeTemporaryDirectory } from "../support/directories.ts";

const { path } = makeTemporaryDirectory();
const skip = becomeUser("single", path);
if (skip === false) {
  process.env.TMPDIR = path;
  // Its cases are those of the user who this process is now.
  await import("./builds.test.ts");
} else test("builds of an ordinary user", { skip });
