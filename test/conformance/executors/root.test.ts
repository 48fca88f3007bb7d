import { after } from "node:test";
import { makeTemporaryDirectory } from "../../support/directories.ts";
import { describeExecutors } from "../../support/executor-table.ts";

const directory = makeTemporaryDirectory();
after(() => directory.remove());
describeExecutors("root", directory.path, process.getuid?.() === 0 ? false : "needs root");
