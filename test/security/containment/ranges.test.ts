import { unlessUserWithRanges, userWithRanges } from "../../support/become-user.ts";
import { describeContainment } from "./attacks.ts";

describeContainment("an ordinary user's with ranges", userWithRanges() ?? 0, unlessUserWithRanges());
