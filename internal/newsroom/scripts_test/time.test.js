import assert from "node:assert/strict";
import { test } from "node:test";
import { Clock, delay, span } from "../assets/wire/time.js";

const now = () => Date.parse("2026-11-20T21:30:00Z"); // 01:30 on the 21st in Dubai

test("times are in the zone, with the day if it is not today", () => {
  const dubai = new Clock("Asia/Dubai", now), utc = new Clock("UTC", now);
  assert.equal(dubai.short("2026-11-20T20:05:00Z"), "00:05");
  assert.equal(dubai.short("2026-11-20T19:05:00Z"), "20 Nov 23:05");
  assert.equal(utc.short("2026-11-20T19:05:00Z"), "19:05");
  assert.equal(utc.short("2026-11-19T23:59:59Z"), "19 Nov 23:59");
});

test("midnight is 00:00", () => {
  assert.deepEqual(new Clock("UTC", now).stamp("2026-11-20T00:00:30Z"), ["20 Nov", "00:00"]);
});

test("times may be dates, numbers and texts", () => {
  const clock = new Clock("UTC", now);
  for (const when of ["2026-11-20T10:00:00Z", Date.parse("2026-11-20T10:00:00Z"), new Date("2026-11-20T10:00:00Z")]) assert.equal(clock.short(when), "10:00");
});

test("more times than the cache holds", () => {
  const clock = new Clock("UTC", now);
  for (let i = 0; i < 6000; i++) clock.stamp(i * 60000);
  assert.deepEqual(clock.stamp(0), ["1 Jan", "00:00"]);
});

test("the full time has day, seconds and zone", () => {
  assert.match(new Clock("UTC", now).full("2026-11-20T10:00:07Z"), /^20 November 2026, 10:00:07 UTC$/);
});

test("the full time has the offset of the zone", () => {
  assert.equal(new Clock("Asia/Kolkata", now).full("2026-11-20T10:00:07Z"), "20 November 2026, 15:30:07 UTC+5:30");
});

test("delays are whole minutes below ten hours", () => {
  const first = Date.parse("2026-11-20T10:00:00Z");
  const after = seconds => delay(new Date(first + seconds * 1000).toISOString(), first);
  assert.deepEqual([0, 59, 60, 3599, 35999, 36000].map(after), ["", "", "+1", "+59", "+599", ""]);
});

test("spans in words", () => {
  assert.deepEqual([30, 60, 119, 120, 3599, 3600, 7200].map(span), ["30 seconds", "a minute", "a minute", "2 minutes", "59 minutes", "an hour", "an hour"]);
});
