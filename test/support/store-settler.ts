/**
 * A process that settles the image `app` of a store and prints its digest: node store-settler.ts DIRECTORY. Says "ready"
 * before it begins.
 */
import { Store } from "../../src/store/store.ts";

const [directory = ""] = process.argv.slice(2);
await using store = Store.open(directory);
process.stdout.write("ready\n");
process.stdout.write(`${await store.settle("app")}`);
