// <slugline-topic topic="cyber" limit="8"> shows a topic's headlines in any page; with the
// attribute events, its events. Until they have loaded, it shows its own content.
const base = new URL('.', import.meta.url);
const css = `
:host { display: block; color: var(--slugline-ink, inherit); font: var(--slugline-font, inherit); }
:host([hidden]) { display: none; }
:host([theme=light]) { color-scheme: light; background: #fcfbf8; color: var(--slugline-ink, #1b1a18); }
:host([theme=dark]) { color-scheme: dark; background: #16171a; color: var(--slugline-ink, #ebe8e2); }
ul, p { margin: 0; padding: 0; list-style: none; }
li { padding-block: var(--slugline-gap, .55em); border-block-end: 1px solid var(--slugline-rule, color-mix(in srgb, currentcolor 25%, transparent)); }
a { display: block; color: var(--slugline-link, inherit); text-decoration: none; text-align: start; overflow-wrap: anywhere; }
a:hover { color: var(--slugline-accent, inherit); text-decoration: underline; }
a:focus-visible { outline: 3px solid var(--slugline-accent, currentcolor); outline-offset: 2px; }
small { display: block; color: var(--slugline-quiet, inherit); font-size: .8125em; text-align: start; overflow-wrap: anywhere; }
p { padding-block-start: var(--slugline-gap, .55em); }
time { white-space: nowrap; font-variant-numeric: tabular-nums; }
`;

// A constructed style sheet needs no permission of the page's Content-Security-Policy, nor
// do properties that a script sets, which serve browsers without it.
let sheet;
try {
  sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
} catch {
  sheet = undefined;
}
const plain = {
  ul: { margin: 0, padding: 0, listStyle: 'none' }, p: { margin: 0, paddingBlockStart: '.55em' },
  li: { paddingBlock: '.55em', borderBlockEnd: '1px solid #8888' }, a: { display: 'block', color: 'inherit', textDecoration: 'none' },
  small: { display: 'block', fontSize: '.8125em' }, time: { whiteSpace: 'nowrap' },
};

const make = (name, part, props, ...inside) => {
  const e = Object.assign(document.createElement(name), props);
  if (!sheet) Object.assign(e.style, plain[name]);
  e.setAttribute('part', part);
  e.append(...inside);
  return e;
};
const link = s => (/^https?:/i.test(s) ? s : '');
const minute = 6e4;

customElements.define('slugline-topic', class extends HTMLElement {
  static observedAttributes = ['topic', 'limit', 'events', 'key'];

  #root = this.attachShadow({ mode: 'open' });
  #slot = document.createElement('slot');
  #list = make('ul', 'list', { role: 'list', hidden: true });
  #zone = make('p', 'zone', { hidden: true });
  #wake = () => { if (!document.hidden && Date.now() >= this.#due) this.#load(); };

  constructor() {
    super();
    if (sheet) this.#root.adoptedStyleSheets = [sheet];
    else Object.assign(this.style, { display: 'block' });
    this.#root.append(this.#slot, this.#list, this.#zone);
  }

  connectedCallback() {
    document.addEventListener('visibilitychange', this.#wake);
    this.#begin();
  }

  disconnectedCallback() {
    document.removeEventListener('visibilitychange', this.#wake);
    this.#stop();
  }

  attributeChangedCallback(name, was, now) {
    if (this.#from && was !== now) this.#begin();
  }

  #from; #due = 0; #timer; #asking; #tag; #wrong = 0;

  #stop() {
    clearTimeout(this.#timer);
    this.#asking?.abort();
  }

  #begin() {
    this.#stop();
    const at = new URL(`embed/${encodeURIComponent(this.getAttribute('topic'))}${this.#hasEvents() ? '.events' : ''}.json`, base);
    at.searchParams.set('limit', this.#limit());
    if (this.getAttribute('key')) at.searchParams.set('key', this.getAttribute('key'));
    this.#from = at.href;
    this.#tag = undefined;
    this.#recall();
    this.#load();
  }

  // The browser sends the ETag of its cached copy and returns that copy on 304.
  async #load() {
    this.#stop();
    const asking = this.#asking = new AbortController();
    try {
      const answer = await fetch(this.#from, { cache: 'no-cache', credentials: 'omit', signal: asking.signal });
      if ([403, 404, 410].includes(answer.status)) this.#forget();
      if (!answer.ok) throw answer.status;
      const tag = answer.headers.get('ETag');
      if (!tag || tag !== this.#tag) {
        const list = await answer.json();
        this.#show(list);
        this.#keep(list);
      }
      this.#tag = tag;
      this.#wrong = 0;
    } catch {
      if (asking.signal.aborted) return;
      this.#wrong = Math.min(this.#wrong + 1, 4); // the headlines remain
    }
    const wait = minute * (2 ** this.#wrong) * (1 + Math.random() / 8);
    this.#due = Date.now() + wait;
    this.#timer = setTimeout(this.#wake, wait);
  }

  #hasEvents() { return this.hasAttribute('events') && this.getAttribute('events') !== '0'; }

  #limit() { return Math.min(Math.max(parseInt(this.getAttribute('limit'), 10) || 8, 1), 50); }

  #show({ title, dir, times, items }) {
    const focused = this.#root.activeElement?.href;
    this.#list.ariaLabel = title || null;
    this.#list.replaceChildren(...items.slice(0, this.#limit()).map(i => this.#item(i, dir)));
    this.#zone.replaceChildren(make('small', 'meta', { dir }, times || ''));
    this.#list.hidden = this.#zone.hidden = !items.length;
    this.#slot.hidden = !!items.length;
    for (const a of this.#list.querySelectorAll('a')) if (a.href === focused) a.focus();
    performance.mark('slugline-headlines');
  }

  // by has {} in place of each name.
  #item({ title, url, page, lang, dir: own, at, time, by, names }, dir) {
    const outlets = make('bdi', 'outlets', { dir });
    by.split('{}').forEach((text, i) => outlets.append(...i ? [make('bdi', 'source', {}, names[i - 1] || ''), text] : [text]));
    return make('li', 'item', {},
      make('a', 'headline', { href: link(url) || link(page), lang: lang || '', dir: own }, title || url),
      make('small', 'meta', { dir: own }, outlets, ' · ', make('time', 'time', { dateTime: at, dir }, time)));
  }

  // The last copy is shown until the server answers.
  #keep(list) {
    try { localStorage['slugline ' + this.#from] = JSON.stringify(list); } catch { }
  }

  // Of a topic that was removed, or now needs a key, nothing remains.
  #forget() {
    this.#tag = undefined;
    this.#show({ items: [] });
    try { delete localStorage['slugline ' + this.#from]; } catch { }
  }

  #recall() {
    try { this.#show(JSON.parse(localStorage['slugline ' + this.#from])); } catch { }
  }
});
