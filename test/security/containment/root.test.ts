import { describeContainment } from "./attacks.ts";

describeContainment("root's", 0, false);
