// Replaces the browser's controls by a line with play, position, elapsed and total time,
// and close. When the reader follows a link, the player moves to a window of its own and
// continues there.
const alone = document.body.classList.contains('window');
const clock = s => {
  if (!isFinite(s)) return '–:––';
  s = Math.floor(s);
  const two = n => String(n).padStart(2, '0');
  return (s >= 3600 ? Math.floor(s / 3600) + ':' + two(Math.floor(s / 60) % 60) : Math.floor(s / 60)) + ':' + two(s % 60);
};
const make = (name, kind, props = {}) => Object.assign(document.createElement(name), { className: kind }, props);
const icons = { play: 'M8 5v14l11-7z', pause: 'M7 5h4v14H7zM13 5h4v14h-4z', close: 'M6 6l12 12M18 6L6 18' };
const icon = kind => {
  const ns = 'http://www.w3.org/2000/svg', svg = document.createElementNS(ns, 'svg'), path = document.createElementNS(ns, 'path');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  path.setAttribute('d', icons[kind]);
  path.setAttribute('class', kind);
  svg.append(path);
  return svg;
};

for (const box of document.querySelectorAll('.player')) {
  const { play, pause, close, position, fault, seconds } = box.dataset;
  const media = box.querySelector('audio, video'), own = box.querySelector('a[target="slugline-player"]');
  const button = make('button', 'play', { type: 'button', ariaKeyShortcuts: 'k' });
  const range = make('input', 'position', { type: 'range', min: 0, step: 1, value: 0, max: +seconds || 100, ariaLabel: position });
  const elapsed = make('span', 'elapsed', { textContent: clock(0), dir: 'ltr' });
  const total = make('span', 'total', { textContent: +seconds ? clock(+seconds) : clock(NaN), dir: 'ltr' });
  const end = make('button', 'close', { type: 'button', ariaLabel: close, title: close, hidden: !alone });
  end.append(icon('close'));
  const time = make('span', 'time', { dir: 'ltr' });
  time.append(elapsed, ' / ', total);

  media.controls = false;
  media.tabIndex = -1;
  box.classList.add('ours');
  box.tabIndex = -1;
  box.querySelector('.deck').append(button, range, time, end);

  const length = () => (isFinite(media.duration) ? media.duration : +seconds || NaN);
  const told = () => {
    const name = media.paused ? play : pause;
    button.ariaLabel = name;
    button.title = name + ' (k)';
    button.replaceChildren(icon(media.paused ? 'play' : 'pause'));
  };
  const moved = () => {
    range.max = length() || 100;
    range.value = media.currentTime;
    elapsed.textContent = clock(media.currentTime);
    total.textContent = clock(length());
    range.setAttribute('aria-valuetext', elapsed.textContent + ' / ' + total.textContent);
  };
  const to = s => { media.currentTime = Math.max(0, Math.min(s, length() || s)); moved(); };
  const start = () => media.play().catch(() => { });
  const toggle = () => (media.paused ? start() : media.pause());
  const stop = () => {
    media.pause();
    if (alone) return window.close();
    to(0);
    box.classList.remove('on');
    end.hidden = true;
    button.focus();
  };
  const leave = () => {
    const there = window.open(`${own.href}#t=${Math.floor(media.currentTime)}${media.paused ? '' : ',play'}`, 'slugline-player', `popup,width=460,height=${media.videoHeight ? 520 : 270}`);
    if (there) media.pause();
    return there;
  };

  button.addEventListener('click', toggle);
  end.addEventListener('click', stop);
  range.addEventListener('input', () => to(+range.value));
  for (const e of ['play', 'pause', 'ended', 'emptied']) media.addEventListener(e, told);
  for (const e of ['timeupdate', 'durationchange', 'seeked', 'loadedmetadata']) media.addEventListener(e, moved);
  media.addEventListener('play', () => {
    for (const other of document.querySelectorAll('audio, video')) if (other !== media) other.pause();
    box.classList.add('on');
    end.hidden = false;
    if (navigator.mediaSession) navigator.mediaSession.metadata = new MediaMetadata({ title: box.querySelector('bdi').textContent });
  });
  media.addEventListener('error', () => { time.textContent = fault; });
  media.addEventListener('click', toggle);
  box.addEventListener('keydown', e => {
    if (e.altKey || e.ctrlKey || e.metaKey) return;
    const does = {
      ' ': e.target.closest('button, a') ? null : toggle, k: toggle, m: () => { media.muted = !media.muted; },
      j: () => to(media.currentTime - 10), l: () => to(media.currentTime + 10), Escape: stop,
      ArrowLeft: e.target === range ? null : () => to(media.currentTime - 5), ArrowRight: e.target === range ? null : () => to(media.currentTime + 5),
    }[e.key];
    if (does) { e.preventDefault(); does(); }
  });
  own.addEventListener('click', e => { if (!alone && leave()) e.preventDefault(); });
  if (alone) own.hidden = true;
  else document.addEventListener('click', e => {
    const link = e.target.closest('a[href]');
    if (link && link !== own && !link.target && link.origin === location.origin && !media.paused && !(e.button || e.ctrlKey || e.metaKey || e.shiftKey)) leave();
  });
  told();

  const handed = /^#t=(\d+)(,play)?/.exec(location.hash);
  if (alone && handed) {
    media.preload = 'metadata';
    media.addEventListener('loadedmetadata', () => to(+handed[1]), { once: true });
    if (handed[2]) start();
  }
}
