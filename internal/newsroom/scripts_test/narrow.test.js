import assert from "node:assert/strict";
import { test } from "node:test";
import { chips, narrow } from "../assets/wire/narrow.js";

test("a term is added to the query, once", () => {
  const cases = [
    ["", "topic:a", "topic:a"], ["  flood ", "topic:a", "flood topic:a"], ["topic:a flood", "topic:a", "topic:a flood"],
    ["flood after:2026-11-27", "after:2026-11-27 before:2026-11-28", "flood after:2026-11-27 before:2026-11-28"], ["flood OR dam", "lang:ar", "(flood OR dam) lang:ar"], ["(flood OR dam)", "lang:ar", "(flood OR dam) lang:ar"],
    ['"flood OR dam"', "lang:ar", '"flood OR dam" lang:ar'],
  ];
  for (const [query, term, want] of cases) assert.equal(narrow(query, term), want);
});

test("a field is taken off the query", () => {
  assert.deepEqual(chips("flood topic:a -lang:en"), [{ term: "topic:a", rest: "flood -lang:en" }, { term: "-lang:en", rest: "flood topic:a" }]);
  assert.deepEqual(chips("flood NOT topic:a"), [{ term: "NOT topic:a", rest: "flood" }]);
  assert.deepEqual(chips("topic:a AND NOT lang:ar x"), [{ term: "topic:a", rest: "NOT lang:ar x" }, { term: "NOT lang:ar", rest: "topic:a x" }]);
  assert.deepEqual(chips("topic:a OR lang:ar"), []);
  assert.deepEqual(chips("https://a.example flood"), []);
});
