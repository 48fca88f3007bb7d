import { serveJobs } from "../../lib/workers/serve-jobs.ts";
import { scanPaths } from "./scan.ts";

serveJobs(scanPaths);
