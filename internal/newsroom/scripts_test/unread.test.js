import assert from "node:assert/strict";
import { test } from "node:test";
import { Unread } from "../assets/wire/unread.js";

test("there is no number before the server has answered, nor after the filter changed", () => {
  const unread = new Unread();
  unread.add("a");
  assert.equal(unread.text(), "");
  assert.equal(unread.isKnown, false);
  unread.load({ ids: ["a", "b"] });
  assert.equal(unread.text(), "2 unread");
  assert.equal(unread.isKnown, true);
  unread.forget();
  assert.equal(unread.text(), "");
  assert.equal(unread.isKnown, false);
  assert.deepEqual(unread.ids, []);
});

test("what arrives and what is read changes the number, once for each story", () => {
  const unread = new Unread();
  unread.load({ ids: ["a"] });
  unread.add("b");
  unread.add("b");
  unread.delete("a");
  unread.delete("c");
  assert.equal(unread.text(), "1 unread");
  assert.deepEqual(unread.ids, ["b"]);
});

test("a number that may be larger says so", () => {
  const unread = new Unread();
  unread.load({ ids: ["a"], more: true });
  assert.equal(unread.text(), "1+ unread");
  assert.equal(unread.hasMore, true);
  unread.load({ ids: Array.from({ length: 1000 }, (_, i) => "s" + i) });
  assert.equal(unread.text(), "999+ unread");
});

test("what changes while the server is asked is kept", () => {
  const unread = new Unread();
  unread.ask();
  unread.add("new");
  unread.delete("read");
  unread.load({ ids: ["read", "old"] });
  assert.deepEqual(unread.ids, ["old", "new"]);
  unread.load({ ids: ["old"] });
  assert.deepEqual(unread.ids, ["old"], "of an answer that nothing preceded");
});

test("only the answer to the last question counts", () => {
  const unread = new Unread();
  const first = unread.ask();
  unread.add("new");
  const second = unread.ask();
  assert.equal(unread.isLast(first), false);
  assert.equal(unread.isLast(second), true);
  unread.load({ ids: ["new"] });
  assert.equal(unread.isLast(second), false);
});
