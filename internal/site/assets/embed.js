// <slugline-topic topic="cyber" limit="8"> shows a topic's headlines in any page.
// Until they have loaded, it shows its own content.
const base = new URL('.', import.meta.url);
const style = new CSSStyleSheet();
style.replaceSync(`
:host { display: block; color: var(--slugline-ink, inherit); font: var(--slugline-font, inherit); }
:host([hidden]) { display: none; }
:host([theme=light]) { color-scheme: light; background: #fcfbf8; color: var(--slugline-ink, #1b1a18); }
:host([theme=dark]) { color-scheme: dark; background: #16171a; color: var(--slugline-ink, #ebe8e2); }
ul { margin: 0; padding: 0; list-style: none; }
li { padding-block: var(--slugline-gap, .55em); border-block-end: 1px solid var(--slugline-rule, color-mix(in srgb, currentcolor 25%, transparent)); }
a { display: block; color: var(--slugline-link, inherit); text-decoration: none; text-align: start; overflow-wrap: anywhere; }
a:hover { color: var(--slugline-accent, inherit); text-decoration: underline; }
a:focus-visible { outline: 3px solid var(--slugline-accent, currentcolor); outline-offset: 2px; }
small { color: var(--slugline-quiet, inherit); font-size: .8125em; }
time { white-space: nowrap; font-variant-numeric: tabular-nums; }
`);

const make = (name, part, props, ...inside) => {
  const e = Object.assign(document.createElement(name), props);
  e.setAttribute('part', part);
  e.append(...inside);
  return e;
};
const link = s => (/^https?:/i.test(s) ? s : '');
const minute = 6e4;

customElements.define('slugline-topic', class extends HTMLElement {
  static observedAttributes = ['topic', 'limit', 'key', 'dir', 'lang'];

  #root = this.attachShadow({ mode: 'open' });
  #slot = document.createElement('slot');
  #list = make('ul', 'list', { role: 'list', hidden: true });
  #wake = () => { if (!document.hidden && Date.now() >= this.#due) this.#load(); };

  constructor() {
    super();
    this.#root.adoptedStyleSheets = [style];
    this.#root.append(this.#slot, this.#list);
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
    const key = this.getAttribute('key');
    this.#from = new URL(`topics/${encodeURIComponent(this.getAttribute('topic'))}.json${key ? '?key=' + encodeURIComponent(key) : ''}`, base).href;
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
        const feed = await answer.json();
        this.#show(feed);
        this.#keep(feed);
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

  #show({ title, items }) {
    const focused = this.#root.activeElement?.href;
    const lang = this.closest('[lang]')?.lang || undefined;
    const n = Math.min(Math.max(parseInt(this.getAttribute('limit'), 10) || 8, 1), 50);
    this.#list.ariaLabel = title || null;
    this.#list.replaceChildren(...items.slice(0, n).map(i => this.#item(i, lang)));
    this.#list.hidden = !items.length;
    this.#slot.hidden = !!items.length;
    for (const a of this.#list.querySelectorAll('a')) if (a.href === focused) a.focus();
    performance.mark('slugline-headlines');
  }

  #item({ title, url, language, date_published, authors, _sources, _story }, lang) {
    const at = new Date(date_published), today = new Date().toDateString() === at.toDateString();
    const when = at.toLocaleString(lang, today ? { timeStyle: 'short' } : { day: 'numeric', month: 'short' });
    const names = new Set((_sources || []).map(s => s.name)).size - 1;
    const by = make('bdi', 'source', {}, (authors || [{}])[0].name || '');
    return make('li', 'item', {},
      make('a', 'headline', { href: link(url) || link(_story), lang: language || '', dir: 'auto' }, title || url),
      make('small', 'meta', {}, by, names > 0 ? ` +${names}` : '', ' · ', make('time', 'time', { dateTime: date_published }, when)));
  }

  // The last copy is shown until the server answers.
  #keep({ title, items }) {
    const few = items.slice(0, 50).map(({ content_html, summary, ...i }) => i);
    try { localStorage['slugline ' + this.#from] = JSON.stringify({ title, items: few }); } catch { }
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
