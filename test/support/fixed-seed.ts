import fc from "fast-check";

// Loaded before each test file in CI, where a run must not depend on luck; elsewhere properties get new seeds each time.
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: 20_261_123 });
