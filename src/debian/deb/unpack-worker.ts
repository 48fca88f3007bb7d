import { serveJobs } from "../../lib/workers/serve-jobs.ts";
import { unpackDeb } from "./unpack-deb.ts";

serveJobs(unpackDeb);
