import { denoRandom } from "../../src/host/deno_random.ts";
import { SimRandom } from "../../src/sim/sim_random.ts";
import { testRandom } from "./random_contract.ts";

testRandom("denoRandom", denoRandom);
testRandom("SimRandom", new SimRandom(1));
