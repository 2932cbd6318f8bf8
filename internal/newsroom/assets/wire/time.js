// Times as the wire shows them. This module does not touch the document.

const maxStamps = 5000; // formatting is slow, so the results are cached

// Clock formats times in a time zone.
export class Clock {
  #stamps = new Map(); // [day, minute] by minutes since 1970

  constructor(zone, now = () => Date.now()) {
    const format = options => new Intl.DateTimeFormat("en-GB", { timeZone: zone, hourCycle: "h23", ...options });
    this.now = now;
    this.minutes = format({ hour: "2-digit", minute: "2-digit" });
    this.days = format({ day: "numeric", month: "short" });
    this.fulls = format({ dateStyle: "medium", timeStyle: "long" });
  }

  // stamp returns the day and the minute of a time.
  stamp(when) {
    const k = Math.floor(new Date(when) / 60000);
    if (this.#stamps.size > maxStamps) this.#stamps.clear();
    if (!this.#stamps.has(k)) this.#stamps.set(k, [this.days.format(k * 60000), this.minutes.format(k * 60000)]);
    return this.#stamps.get(k);
  }

  isToday(when) { return this.stamp(when)[0] === this.stamp(this.now())[0]; }

  // short is the minute of a time, after its day if that is not today.
  short(when) {
    const [day, minute] = this.stamp(when);
    return this.isToday(when) ? minute : day + " " + minute;
  }

  // full has the day, the seconds and the zone.
  full(when) { return this.fulls.format(new Date(when)); }
}

// delay says how many minutes after a first time another one is, as in +12. It is empty for
// less than a minute, and from ten hours on.
export function delay(when, first) {
  const minutes = Math.floor((Date.parse(when) - first) / 60000);
  return minutes > 0 && minutes < 600 ? "+" + minutes : "";
}

// span writes a number of seconds in words.
export function span(seconds) {
  if (seconds < 60) return seconds + " seconds";
  if (seconds < 120) return "a minute";
  return seconds < 3600 ? Math.floor(seconds / 60) + " minutes" : "an hour";
}
