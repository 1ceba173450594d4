import { DenoClock } from "../../src/host/deno_clock.ts";
import { LimitClock } from "../../src/rpc/limit_clock.ts";
import { SimClock } from "../../src/sim/sim_clock.ts";
import { SimProcess } from "../../src/sim/sim_process.ts";
import { testClock } from "./clock_contract.ts";

testClock("DenoClock", () => {
  const clock = new DenoClock();
  return {
    clock,
    // With a turn more: on a busy machine, what was due comes late and books its own.
    pass: (duration) =>
      new Promise((resolve) => clock.after(duration, () => clock.after(0, resolve))),
    stop: () => clock.stop(),
  };
});

testClock("LimitClock", () => {
  const clock = new LimitClock();
  return {
    clock,
    // It keeps nobody from ending, so something else has to.
    pass: (duration) =>
      new Promise((resolve) => {
        const reason = setInterval(() => {}, 1000);
        clock.after(duration, () =>
          clock.after(0, () => {
            clearInterval(reason);
            resolve();
          }));
      }),
    stop() {},
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

testClock("SimProcess", () => {
  const clock = new SimClock();
  return {
    clock: new SimProcess(clock),
    pass(duration) {
      clock.advance(duration);
      return Promise.resolve();
    },
    stop() {},
  };
});
