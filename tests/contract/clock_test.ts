import { DenoClock } from "../../src/host/deno_clock.ts";
import { SimClock } from "../../src/sim/sim_clock.ts";
import { testClock } from "./clock_contract.ts";

testClock("DenoClock", () => {
  const clock = new DenoClock();
  return {
    clock,
    pass: (duration) => new Promise((resolve) => clock.after(duration, resolve)),
    stop: () => clock.stop(),
  };
});

testClock("SimClock", () => {
  const clock = new SimClock();
  return {
    clock,
    pass(duration) {
      clock.advance(duration);
      return Promise.resolve();
    },
    stop() {},
  };
});
