/* Serves a directory on the loopback interface, file by file as streams: node file-server.ts DIR prints its address. */
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, normalize } from "node:path";

const [root = "."] = process.argv.slice(2);
const server = createServer((request, response) => {
  const path = join(root, normalize(new URL(request.url ?? "/", "http://localhost").pathname));
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isFile() !== true) {
    response.writeHead(404).end();
    return;
  }
  const etag = `"${stats.size}-${stats.mtimeMs}"`;
  if (request.headers["if-none-match"] === etag) {
    response.writeHead(304, { etag }).end();
    return;
  }
  response.writeHead(200, { etag, "content-length": stats.size });
  createReadStream(path).pipe(response);
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
