import { becomeUser } from "../../support/become-user.ts";
import { makeTemporaryDirectory } from "../../support/directories.ts";
import { describeExecutors } from "../../support/executor-table.ts";

// What is left in it belongs to a user who may not remove it: it goes with the directory of the whole run.
const { path } = makeTemporaryDirectory();
describeExecutors("a user alone", path, becomeUser("single", path));
