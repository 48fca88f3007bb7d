import { serveJobs } from "../lib/serve-jobs.ts";
import { unpackDeb } from "./unpack-deb.ts";

serveJobs(unpackDeb);
