import assert from "node:assert/strict";
import { test } from "node:test";
import { coverageOf, Inbox, MarkQueue, ReadState, Wire } from "../assets/wire/model.js";

let seq = 0;
// story is a story as the server sends it.
const story = (id, minute, more = {}) => ({
  id, seq: ++seq, event: id, headline: "Headline " + id, first: `2026-11-20T06:${String(minute).padStart(2, "0")}:00Z`, topics: [], outlets: [], ...more,
});

// order lists the ids of each group.
const order = wire => wire.groups.map(g => g.stories.map(s => s.id).join(" "));

function wireOf(...stories) {
  const wire = new Wire();
  for (const s of stories) wire.put(s, false);
  return wire;
}

test("groups are in order of their newest story", () => {
  const wire = wireOf(story("a", 10), story("c", 30), story("b", 20));
  assert.deepEqual(order(wire), ["c", "b", "a"]);
  wire.put(story("d", 40, { event: "a" }), false);
  assert.deepEqual(order(wire), ["d a", "c", "b"]);
});

test("stories of one time are in order of id, largest first", () => {
  assert.deepEqual(order(wireOf(story("a", 10), story("c", 10), story("b", 10))), ["c", "b", "a"]);
  assert.deepEqual(order(wireOf(story("a", 10, { event: "e" }), story("b", 10, { event: "e" }))), ["b a"]);
});

test("many groups in any order of arrival are sorted", () => {
  const wire = new Wire();
  for (let i = 0; i < 60; i++) wire.put(story("s" + (i * 37) % 60, (i * 37) % 60), false);
  const times = wire.groups.map(g => g.stories[0].first);
  assert.deepEqual(times, [...times].sort().reverse());
});

test("a story is replaced, and its earlier headline is stored", () => {
  const wire = wireOf(story("a", 10));
  assert.equal(wire.put(story("a", 10, { headline: "New" }), true).headlineChanged, true);
  assert.equal(wire.story("a").headline, "New");
  assert.equal(wire.story("a").was, "Headline a");
  assert.equal(wire.story("a").fresh, false, "only a story that was not there is fresh");
  assert.equal(wire.put(story("a", 10, { headline: "New" }), true).headlineChanged, false);
  assert.equal(wire.story("a").was, "Headline a");
  assert.equal(wire.groups.length, 1);
});

test("fresh marks a story that was not there", () => {
  const wire = new Wire();
  wire.put(story("a", 10), true);
  wire.put(story("b", 20), false);
  assert.deepEqual([wire.story("a").fresh, wire.story("b").fresh], [true, false]);
});

test("a story moves to another event", () => {
  const wire = wireOf(story("a", 10), story("b", 20));
  wire.put(story("a", 10, { event: "b" }), false);
  assert.deepEqual(order(wire), ["b a"]);
  wire.put(story("b", 20, { event: "a" }), false);
  assert.deepEqual(order(wire), ["b", "a"]);
  assert.equal(wire.groupOf("b").id, "a");
});

for (const [name, gone] of [["merged", { into: "b" }], ["filtered out", { out: true }], ["hidden everywhere", { hidden: ["*"] }]]) {
  test("a story that is " + name + " is removed", () => {
    const wire = wireOf(story("a", 10), story("b", 20), story("c", 30, { event: "b" }));
    wire.put(story("a", 10, gone), true);
    wire.put(story("c", 30, { event: "b", ...gone }), true);
    wire.put(story("unknown", 40, gone), true);
    assert.deepEqual(order(wire), ["b"]);
    assert.equal(wire.has("a"), false);
    assert.equal(wire.story("unknown"), undefined);
  });
}

test("a story that is hidden in a topic stays", () => {
  assert.deepEqual(order(wireOf(story("a", 10, { hidden: ["world"] }))), ["a"]);
});

test("an event stays breaking, and its claim is the latest", () => {
  const wire = wireOf(story("a", 10, { breaking: "2026-11-20T06:10:00Z", surge: { voices: 3, seconds: 60 }, event_claim: { who: "anna" } }));
  wire.put(story("b", 20, { event: "a" }), false);
  const g = wire.groupOf("a");
  assert.equal(g.breaking, "2026-11-20T06:10:00Z");
  assert.equal(g.surge.voices, 3);
  assert.equal(g.claim, undefined);
});

test("a change discards the element of its group only", () => {
  const wire = wireOf(story("a", 10), story("b", 20));
  for (const g of wire.groups) g.node = "element";
  wire.put(story("c", 30, { event: "a" }), false);
  assert.equal(wire.groupOf("a").node, null);
  assert.equal(wire.groupOf("b").node, "element");
  wire.groupOf("a").node = "element";
  wire.remove("c");
  assert.equal(wire.groupOf("a").node, null);
});

test("four stories of a group are shown unless it is expanded", () => {
  const wire = wireOf(story("x", 1), ...[10, 11, 12, 13, 14, 15].map(m => story("s" + m, m, { event: "e" })));
  assert.deepEqual(wire.shown().map(s => s.id), ["s15", "s14", "s13", "s12", "x"]);
  wire.groupOf("s10").expanded = true;
  assert.equal(wire.shown().length, 7);
});

test("layout adds up heights: drawn, drawn earlier, guessed", () => {
  const wire = wireOf(story("a", 40), story("b", 30), story("c", 20), story("d", 10));
  wire.groups[0].height = 50;
  wire.groups[1].lastHeight = 70;
  const { near, height } = wire.layout(60, 125, 30);
  assert.deepEqual(wire.groups.map(g => g.y), [0, 50, 120, 150]);
  assert.equal(height, 180);
  assert.deepEqual(near.map(g => g.id), ["b", "c"]);
});

test("clear empties the wire", () => {
  const wire = wireOf(story("a", 10));
  wire.clear();
  assert.deepEqual([wire.groups.length, wire.has("a")], [0, false]);
});

test("read state: up to a seq all is read but the exceptions", () => {
  const read = new ReadState({ upto: 10, read: ["late"], again: ["early"], mutes: [], reads: false });
  const unread = (id, seq) => read.isUnread({ id, seq });
  assert.deepEqual([unread("x", 10), unread("early", 3), unread("y", 11), unread("late", 12)], [false, true, true, false]);
});

test("read state: marks of stories before and after upto", () => {
  const read = new ReadState({ upto: 10 });
  for (const s of [{ id: "old", seq: 5 }, { id: "new", seq: 15 }]) {
    const was = read.isUnread(s);
    assert.equal(read.mark(s, was), true);
    assert.equal(read.isUnread(s), !was);
    assert.equal(read.mark(s, was), false, "the same mark again changes nothing");
    assert.equal(read.mark(s, !was), true);
    assert.equal(read.isUnread(s), was);
  }
});

test("read state: marks and mutes are compared", () => {
  const a = new ReadState({ upto: 1, read: ["x"], again: ["y"], mutes: [{ kind: "word", what: "football" }] });
  assert.equal(a.sameMarks(new ReadState({ upto: 1, read: ["x"], again: ["y"] })), true);
  assert.equal(a.sameMarks(new ReadState({ upto: 2, read: ["x"], again: ["y"] })), false);
  assert.equal(a.sameMarks(new ReadState({ upto: 1, read: ["z"], again: ["y"] })), false);
  assert.equal(a.sameMarks(new ReadState({ upto: 1, read: ["x"], again: ["z"] })), false);
  assert.equal(a.sameMutes(new ReadState()), false);
  assert.equal(a.sameMutes(new ReadState({ mutes: [{ kind: "word", what: "football" }] })), true);
});

test("the last mark of a story is sent", () => {
  const queue = new MarkQueue();
  queue.add("a", true);
  queue.add("b", true);
  queue.add("a", false);
  assert.equal(queue.size, 2);
  assert.deepEqual(queue.drain(), { read: ["b"], unread: ["a"] });
  assert.equal(queue.size, 0);
});

test("the inbox holds stories back while somebody reads", () => {
  const wire = wireOf(story("a", 10));
  let reading = true;
  const fresh = {};
  const inbox = new Inbox(wire, (s, f) => { fresh[s.id] = f; wire.put(s, f); }, () => reading);
  assert.equal(inbox.arrive([story("b", 20), story("a", 10, { headline: "New" }), story("c", 30, { out: true }), story("d", 40, { into: "a" })]), false);
  assert.equal(inbox.arrive([story("b", 20), story("e", 50, { backlog: true })]), false);
  assert.equal(inbox.countNew(), 2, "b and e are new; a is known, c and d are not shown");
  assert.deepEqual(order(wire), ["a"]);
  assert.equal(inbox.isEmpty, false);
  inbox.release();
  assert.deepEqual(order(wire), ["e", "b", "a"]);
  assert.equal(wire.story("a").headline, "New");
  assert.deepEqual([inbox.isEmpty, inbox.countNew()], [true, 0]);
  assert.deepEqual([fresh.b, fresh.e], [true, false], "stories of a backlog are not highlighted");
  reading = false;
  assert.equal(inbox.arrive([story("f", 55)]), true);
  assert.equal(wire.has("f"), true);
});

test("who reads sees changes that move nothing, in the order in which they came", () => {
  const wire = wireOf(story("a", 10), story("b", 20));
  let fits = true;
  const inbox = new Inbox(wire, s => wire.put(s, false), () => true, s => fits && wire.tryPut(s) !== undefined && Boolean(wire.put(s, false)));
  inbox.arrive([story("a", 10, { headline: "In place" }), story("c", 30)]);
  assert.equal(wire.story("a").headline, "In place");
  assert.deepEqual(order(wire), ["b", "a"]);
  fits = false;
  inbox.arrive([story("b", 20, { headline: "Too high" })]);
  fits = true;
  inbox.arrive([story("b", 20, { headline: "After it" })]);
  assert.notEqual(wire.story("b").headline, "After it", "what came before is still held back");
  inbox.release();
  assert.equal(wire.story("b").headline, "After it");
});

test("a change that would move lines is not tried in place", () => {
  const wire = wireOf(story("a", 10, { event: "e" }), story("b", 20, { event: "e" }));
  for (const moving of [story("c", 30), story("c", 30, { event: "e" }), story("a", 10, { event: "f" }), story("a", 40, { event: "e" }), story("a", 10, { event: "e", out: true })]) {
    assert.equal(wire.tryPut(moving), undefined, JSON.stringify(moving));
  }
  const group = wire.tryPut(story("a", 10, { event: "e", headline: "New" }));
  assert.deepEqual(group.stories.map(s => s.headline).sort(), ["New", wire.story("b").headline].sort());
  assert.notEqual(wire.story("a").headline, "New", "the wire is as it was");
});

test("a cleared inbox adds nothing", () => {
  const wire = new Wire();
  const inbox = new Inbox(wire, s => wire.put(s, false), () => true);
  inbox.arrive([story("a", 10)]);
  inbox.clear();
  inbox.release();
  assert.equal(wire.groups.length, 0);
});

test("a group has the coverage that the server sent last, also with stories that are not shown", () => {
  const wire = wireOf(story("a", 10, { coverage: { outlets: 1, stories: 2 } }));
  wire.put(story("b", 20, { event: "a", out: true, coverage: { outlets: 9, stories: 4 } }), false);
  assert.equal(wire.groupOf("a").coverage.outlets, 9);
  assert.equal(wire.has("b"), false);
  wire.put(story("c", 30, { event: "other", out: true, coverage: { outlets: 3, stories: 4 } }), false);
  assert.deepEqual(order(wire), ["a"]);
});

test("a group counts its own coverage when a story leaves it", () => {
  const outlet = (owner, minute) => ({ owner, at: `2026-11-20T06:${minute}:00Z` });
  const more = { event: "e", coverage: { outlets: 3, stories: 3 } };
  const wire = wireOf(
    story("a", 10, { ...more, outlets: [outlet("x", 10), outlet("y", 11)] }), story("b", 12, { ...more, outlets: [outlet("y", 12)] }),
    story("c", 20, { ...more, outlets: [outlet("z", 20)] }));
  wire.put({ ...wire.story("c"), event: "c", coverage: undefined }, false);
  assert.deepEqual(wire.groupOf("a").coverage, { outlets: 2, stories: 2, first: "2026-11-20T06:10:00Z", last: "2026-11-20T06:12:00Z" });
  assert.equal(wire.groupOf("c").coverage, undefined);
});

test("coverage leaves out what is withdrawn or held", () => {
  const outlet = (owner, more) => ({ owner, at: "2026-11-20T06:10:00Z", ...more });
  const s = story("a", 10, { outlets: [outlet("x"), outlet("y"), outlet("w", { killed: "2026-11-20T07:00:00Z" }), outlet("h", { held: [{ why: "EMBARGO" }] }), outlet("t", { held: [{ topic: "trade", why: "x" }] })] });
  assert.equal(coverageOf([s]).outlets, 3);
  assert.equal(coverageOf([{ ...s, killed: "2026-11-20T07:00:00Z" }, story("b", 11, { outlets: [outlet("x")] })]).outlets, 1);
  assert.equal(coverageOf([story("b", 11, { outlets: [outlet("x")] })]), undefined);
});
