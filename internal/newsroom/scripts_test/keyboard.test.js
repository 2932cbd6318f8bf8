import assert from "node:assert/strict";
import { test } from "node:test";
import { keyAction, listen } from "../assets/wire/keyboard.js";

// target is an element that matches the selectors with one of these words.
function target(...is) {
  return { blurred: 0, blur() { this.blurred++; }, closest: selector => (is.some(word => selector.includes(word)) ? {} : null) };
}
const key = (name, more = {}) => ({ key: name, target: target(), ...more });
const actions = { j: () => "next", Enter: () => "show", Escape: () => "close" };

test("a key has its action", () => {
  assert.equal(keyAction(key("j"), actions).run(), "next");
  assert.equal(keyAction(key("Enter"), actions).run(), "show");
});

test("keys without an action, and combinations, are left to the browser", () => {
  for (const e of [key("q"), key("toString"), key("j", { ctrlKey: true }), key("j", { metaKey: true }), key("j", { altKey: true })]) assert.equal(keyAction(e, actions), null);
});

test("fields get their keys; Escape moves the focus out of them", () => {
  assert.equal(keyAction(key("j", { target: target("input") }), actions), null);
  const field = target("textarea"), action = keyAction(key("Escape", { target: field }), actions);
  action.run();
  assert.deepEqual([field.blurred, action.prevents], [1, false]);
});

test("Enter and Space belong to a button with the focus, other keys do not", () => {
  assert.equal(keyAction(key("Enter", { target: target("button") }), actions), null);
  assert.equal(keyAction(key(" ", { target: target("summary") }), { " ": () => {} }), null);
  assert.equal(keyAction(key("j", { target: target("button") }), actions).run(), "next");
});

test("listen runs the action and prevents the default, unless blocked", () => {
  const window = new EventTarget();
  let ran = 0, blocked = false;
  listen(window, { j: () => ran++ }, () => blocked);
  const press = () => {
    const e = Object.assign(new Event("keydown", { cancelable: true }), { key: "j" });
    Object.defineProperty(e, "target", { value: target() });
    window.dispatchEvent(e);
    return e.defaultPrevented;
  };
  assert.deepEqual([press(), ran], [true, 1]);
  blocked = true;
  assert.deepEqual([press(), ran], [false, 1]);
});
