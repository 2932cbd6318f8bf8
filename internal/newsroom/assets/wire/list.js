// The list of the wire. Only the groups near the window are in the document: each is moved
// to its position by a transform, and the list is as high as all of them together.

const guess = 34; // px, the height of a group that was never drawn
const above = 800, below = 1200; // px beyond the window that are drawn too

// List draws the groups of a wire into an element.
//
// box is the element that scrolls, null for the window. build makes the element of a group,
// empty that of a wire without stories. focus moves the focus to the selected story. painted
// is called after each drawing, nearEnd when the end of the wire is close.
export class List {
  #loaded = false; // before it is, the element has what the server drew
  #scheduled = false;
  #width = 0;
  #printing = false;
  #hurry = false; // the next drawing has only what is visible
  #restScheduled = false;
  #ended = new AbortController();

  constructor(element, wire, { box = null, build, empty, focus, painted, nearEnd }) {
    Object.assign(this, { element, wire, box, build, empty, focus, painted, nearEnd });
    const sizes = new ResizeObserver(([box]) => this.#resize(box.contentRect.width)), { signal } = this.#ended;
    sizes.observe(element);
    signal.addEventListener("abort", () => sizes.disconnect());
    addEventListener("resize", () => this.paintSoon(), { signal });
    addEventListener("beforeprint", () => this.#unroll(), { signal });
    addEventListener("afterprint", () => {
      this.#printing = false;
      this.paint();
    }, { signal });
  }

  // end stops the drawing for good.
  end() {
    this.#loaded = false;
    this.#ended.abort();
  }

  // A different width changes the heights.
  #resize(width) {
    if (width === this.#width) return;
    const first = !this.#width;
    this.#width = width;
    if (first) return;
    for (const g of this.wire.groups) g.height = 0;
    this.paintSoon();
  }

  // fit draws the wire for the width that the element has now.
  fit() {
    this.#resize(parseFloat(getComputedStyle(this.element).width));
    this.paintVisible();
  }

  // paintVisible draws what is visible alone, and the rest when that is on the screen.
  paintVisible() {
    this.#hurry = true;
    this.paint();
    this.#hurry = false;
    if (!this.#coversWindow()) return this.paint(); // the lines are not as high as they were
    if (this.#restScheduled) return;
    this.#restScheduled = true;
    requestAnimationFrame(() => setTimeout(() => {
      this.#restScheduled = false;
      this.paint();
    }));
  }

  // #coversWindow reports whether all that is visible is drawn.
  #coversWindow() {
    const { from, height } = this.#visible();
    return this.wire.layout(from, from + height, guess).near.every(g => g.node?.isConnected);
  }

  paintSoon() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    requestAnimationFrame(() => {
      this.#scheduled = false;
      this.paint();
    });
  }

  // adopt takes over the elements of groups that the server drew, as they are. elementOf
  // returns that of a group, or null if there is none like it.
  adopt(elementOf) {
    for (const g of this.wire.groups) g.node = elementOf(g);
    const drawn = this.wire.groups.filter(g => g.node);
    for (const g of drawn) g.lastHeight = g.height = g.node.getBoundingClientRect().height;
    if (!drawn.length) return this.loaded();
    this.#loaded = true;
    this.paint();
  }

  // loaded draws the wire, and lets it be drawn from now on.
  loaded() {
    this.#loaded = true;
    this.paintVisible();
  }

  paint() {
    if (!this.#loaded || this.#printing) return;
    if (this.wire.groups.length) this.#paintGroups(); else this.#paintEmpty();
    this.painted();
  }

  // #unroll draws all stories one below the other, for paper.
  #unroll() {
    this.#printing = true;
    if (!this.#loaded || !this.wire.groups.length) return;
    this.element.classList.remove("placed");
    this.element.style.height = "";
    const nodes = this.wire.groups.map(g => this.build({ ...g, expanded: true }));
    this.element.replaceChildren(...nodes);
  }

  #paintEmpty() {
    this.element.classList.remove("placed");
    this.element.style.height = "";
    this.element.replaceChildren(this.empty());
  }

  #paintGroups() {
    const { element, wire } = this;
    element.classList.add("placed");
    const { from, height: visible } = this.#visible();
    const { near } = this.#hurry ? wire.layout(from, from + visible, guess) : wire.layout(from - above, from + visible + below, guess);
    const anchor = near.find(g => g.y + (g.height || guess) > from), anchorY = anchor?.y;
    this.#show(near.map(g => this.#node(g)));
    for (const g of near) if (!g.height) g.lastHeight = g.height = g.node.getBoundingClientRect().height;
    const { height } = wire.layout(0, 0, guess);
    for (const g of near) g.node.style.transform = `translateY(${g.y}px)`;
    element.style.height = height + "px";
    if (anchor && from > 0 && anchor.y !== anchorY) (this.box || window).scrollBy(0, anchor.y - anchorY);
    if (near.length && wire.groups.indexOf(near.at(-1)) > wire.groups.length - 20) this.nearEnd();
  }

  #node(g) {
    if (g.node) return g.node;
    g.node = this.build(g);
    g.height = 0;
    return g.node;
  }

  // #show puts nodes into the element. If that removes the node with the focus, the selected
  // story gets it.
  #show(nodes) {
    const { element } = this, focused = element.contains(document.activeElement);
    const wanted = new Set(nodes);
    for (const child of [...element.children]) if (!wanted.has(child)) child.remove();
    nodes.forEach((node, i) => { if (element.children[i] !== node) element.insertBefore(node, element.children[i] || null); });
    if (focused && !element.contains(document.activeElement)) this.focus();
  }

  // rebuild makes the element of a story's group anew when it is drawn next.
  rebuild(id) {
    const g = this.wire.groupOf(id);
    if (g) g.node = null;
  }

  // fits reports whether an element is as high as that of a story's group in the document. A
  // group that is not there has its height yet to be drawn, out of sight.
  fits(node, id) {
    const { node: shown } = this.wire.groupOf(id);
    if (!shown?.isConnected) return true;
    node.style.visibility = "hidden";
    shown.after(node);
    const same = Math.abs(node.getBoundingClientRect().height - shown.getBoundingClientRect().height) < .5;
    node.remove();
    return same;
  }

  rebuildAll() {
    for (const g of this.wire.groups) g.node = null;
  }

  // top returns the story at the upper edge, and where its group begins from there. It is
  // undefined at the top of the wire.
  top() {
    const from = this.#edge();
    this.wire.layout(0, 0, guess);
    const g = from > 0 ? this.wire.groups.find(g => g.y + (g.height || g.lastHeight || guess) > from) : undefined;
    return g && { id: g.stories[0].id, y: g.y - from };
  }

  // scrollToTop scrolls to what top returned.
  scrollToTop({ id, y }) {
    this.element.style.height = this.wire.layout(0, 0, guess).height + "px";
    const group = this.wire.groupOf(id);
    if (group) (this.box || window).scrollBy(0, group.y - y - this.#edge());
    this.paint();
  }

  // #edge returns which part of the list has left the window at its upper edge. The bar of
  // the page covers as much of the window as there is above the list.
  #edge() { return this.box ? this.#visible().from : scrollY; }

  // scrollTo scrolls to the group of a story unless it is visible.
  scrollTo(id) {
    this.wire.layout(0, 0, guess);
    const { from, height } = this.#visible();
    const y = (this.wire.groupOf(id)?.y || 0) - from; // below the upper edge
    if (y < (this.box ? 0 : 80) || y > height - 120) (this.box || window).scrollBy(0, y - height / 3);
  }

  // #visible returns which part of the list is visible: where it begins, and its height.
  #visible() {
    const { box } = this, top = box ? box.getBoundingClientRect().top : 0;
    return { from: top - this.element.getBoundingClientRect().top, height: box ? box.clientHeight : innerHeight };
  }
}
