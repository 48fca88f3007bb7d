import { DistillError } from "../../src/lib/errors.ts";
import { serveJobs } from "../../src/lib/workers/serve-jobs.ts";

/** What a worker of the pool's test does. */
export type SampleJob =
  | { readonly kind: "double"; readonly value: number }
  | { readonly kind: "wait"; readonly milliseconds: number }
  | { readonly kind: "spin" }
  | { readonly kind: "refuse" }
  | { readonly kind: "bug" }
  | { readonly kind: "exit" };

serveJobs(async (job: SampleJob): Promise<number> => {
  switch (job.kind) {
    case "double":
      return job.value * 2;
    case "wait":
      await new Promise((resolve) => setTimeout(resolve, job.milliseconds));
      return job.milliseconds;
    case "spin":
      for (;;);
    case "refuse":
      throw new DistillError("DIGEST_MISMATCH", "it differs", { hint: "try again" });
    case "bug":
      throw new TypeError("a mistake");
    case "exit":
      return process.exit(3);
  }
});
