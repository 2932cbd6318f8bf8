import assert from "node:assert/strict";
import test from "node:test";

// The module reads the dictionary when it is loaded.
globalThis.document = { getElementById: () => ({ textContent: JSON.stringify({
  lang: "ru", digits: "",
  texts: { "by {}, due {}": "до {}, {}", "open|state": "открыто" },
  counts: { "{n} outlets": { one: "{n} издание", few: "{n} издания", many: "{n} изданий", other: "{n} издания" } },
}) }) };
const { t, tn, tnodes, lang } = await import("../assets/wire/text.js");

test("texts are those of the dictionary, or English", () => {
  assert.equal(lang, "ru");
  assert.equal(t("by {}, due {}", "5", "Анна"), "до 5, Анна");
  assert.equal(t("open|state"), "открыто");
  assert.equal(t("open|verb"), "open");
  assert.equal(t("{} of {}", 3), "3 of {}");
});

test("plurals have the categories of the language", () => {
  const outlets = n => tn("{n} outlet", "{n} outlets", n);
  assert.deepEqual([1, 2, 5, 21].map(outlets), ["1 издание", "2 издания", "5 изданий", "21 издание"]);
  assert.deepEqual([1, 2].map(n => tn("{n} day in {}", "{n} days in {}", n, "x")), ["1 day in x", "2 days in x"]);
});

test("nodes stand where the placeholders are", () => {
  const a = { node: "a" }, b = { node: "b" };
  assert.deepEqual(tnodes("by {}, due {}", a, b), ["до ", a, ", ", b]);
  assert.deepEqual(tnodes("{} of {}", a), [a, " of "]);
});
