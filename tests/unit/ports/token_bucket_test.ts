import { strictEqual } from "node:assert/strict";
import { TokenBucket } from "../../../src/ports/token_bucket.ts";

Deno.test("TokenBucket is full at first, and never holds more than its capacity", () => {
  const bucket = new TokenBucket(30, 200, 3);
  strictEqual(bucket.timeOf(30), -Infinity);
  bucket.spend(1000, 0);
  bucket.spend(3_600_000, 30);
  strictEqual(bucket.timeOf(3), 3_600_000 + 200);
});

Deno.test("TokenBucket.timeOf() says when so many tokens have come back", () => {
  const bucket = new TokenBucket(30, 200, 3);
  bucket.spend(1000, 30);
  strictEqual(bucket.timeOf(0), -Infinity);
  strictEqual(bucket.timeOf(3), 1200);
  bucket.spend(1200, 6);
  strictEqual(bucket.timeOf(3), 1200 + 400, "what was overdrawn comes back first");
});

Deno.test("TokenBucket may be overdrawn, and comes back steadily, up to its capacity", () => {
  const bucket = new TokenBucket(100, 1000);
  strictEqual(bucket.hasTokens(0), true);
  bucket.spend(0, 150);
  strictEqual(bucket.hasTokens(0), false);
  strictEqual(bucket.hasTokens(500), false);
  strictEqual(bucket.hasTokens(510), true);
  bucket.spend(1_000_510, 100);
  strictEqual(bucket.hasTokens(1_000_510), false);
});

Deno.test("TokenBucket does not shrink when the clock is set back", () => {
  const bucket = new TokenBucket(100, 1000);
  bucket.spend(5000, 100);
  strictEqual(bucket.hasTokens(0), false);
  strictEqual(bucket.hasTokens(100), true);
});
