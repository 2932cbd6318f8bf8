package site_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/webtest"
)

// silence returns a WAV file of silence.
func silence(seconds int) []byte {
	const rate = 8000
	n := uint32(seconds * rate)
	var b bytes.Buffer
	b.WriteString("RIFF")
	_ = binary.Write(&b, binary.LittleEndian, 36+n)
	b.WriteString("WAVEfmt ")
	for _, v := range []any{uint32(16), uint16(1), uint16(1), uint32(rate), uint32(rate), uint16(1), uint16(8)} {
		_ = binary.Write(&b, binary.LittleEndian, v)
	}
	b.WriteString("data")
	_ = binary.Write(&b, binary.LittleEndian, n)
	b.Write(bytes.Repeat([]byte{128}, int(n)))
	return b.Bytes()
}

// siteWithAudio returns a newsroom with a story that has audio, the address of its site,
// and the address of the story.
func siteWithAudio(t *testing.T) (n *webtest.Newsroom, ours, story string) {
	sound := silence(90)
	outlet := webtest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "audio/wav")
		http.ServeContent(w, r, "a.wav", time.Time{}, bytes.NewReader(sound))
	}))
	n = webtest.OpenFilled(t)
	ferry := n.Find("Ferry returns to port after a night at sea")
	n.EditEntry(ferry, func(e *news.Entry) {
		e.Media = []news.Media{{URL: outlet + "/a.wav", Type: "audio/wav", Title: "The harbour master speaks", Duration: 90 * time.Second}}
	})
	ours = serve(n)
	return n, ours, ours + "/stories/" + ferry.ID
}

func TestPlayerWithoutScript(t *testing.T) {
	_, _, story := siteWithAudio(t)
	l := webtest.OpenBrowser(t)
	l.AllowScript(false)
	l.Navigate(story)
	l.AllowScript(true)
	if !webtest.Eval[bool](l, `document.querySelector('audio').controls && document.querySelector('audio').checkVisibility()`) {
		t.Error("the browser's own controls are missing")
	}
	if webtest.Eval[int](l, `document.querySelectorAll('.player button').length`) != 0 {
		t.Error("there are buttons that need script")
	}
}

// With script, keys control the player, it shows elapsed and total time, and it continues
// in a window of its own when the reader opens another page.
func TestPlayer(t *testing.T) {
	_, ours, story := siteWithAudio(t)
	l := webtest.OpenBrowser(t)
	l.Navigate(story)
	webtest.WaitUntil(l, `document.querySelector('.player.ours')`)
	if got := webtest.Eval[string](l, `document.querySelector('.player .time').textContent`); got != "0:00 / 1:30" {
		t.Errorf("before it plays: %q", got)
	}
	webtest.Eval[chromedp.Void](l, `document.querySelector('.player .play').focus()`)
	l.PressKeys(kb.Enter)
	webtest.WaitUntil(l, `!document.querySelector('audio').paused && document.querySelector('audio').currentTime > 0`)
	l.PressKeys("k")
	webtest.WaitUntil(l, `document.querySelector('audio').paused`)
	l.PressKeys("l")
	l.PressKeys("l")
	webtest.WaitUntil(l, `document.querySelector('audio').currentTime >= 20`)
	webtest.WaitUntil(l, `document.querySelector('.player .elapsed').textContent === '0:20'`)
	l.PressKeys("j")
	webtest.WaitUntil(l, `document.querySelector('.player .elapsed').textContent === '0:10'`)
	if dir := os.Getenv("SLUGLINE_LOOK"); dir != "" {
		l.SaveScreenshot(filepath.Join(dir, "player.png"))
	}
	l.PressKeys("k")
	webtest.WaitUntil(l, `!document.querySelector('audio').paused`)
	opened := chromedp.WaitNewTarget(l.Ctx, func(i *target.Info) bool { return strings.Contains(i.URL, "/player/1") })
	webtest.Eval[chromedp.Void](l, `document.querySelector('.topics a').focus()`)
	if _, err := chromedp.RunResponse(l.Ctx, chromedp.KeyEvent(kb.Enter)); err != nil {
		t.Fatal(err)
	}
	if at := webtest.Eval[string](l, `location.pathname`); at != "/topics/world" {
		t.Fatalf("the link opened %s", at)
	}
	own := webtest.PopUp(l, opened)
	webtest.WaitUntil(own, `document.querySelector('.player.ours')`)
	webtest.WaitUntil(own, `document.querySelector('audio').currentTime >= 10`)
	if webtest.Eval[bool](own, `document.querySelector('audio').paused`) { // the browser may require another key press
		webtest.Eval[chromedp.Void](own, `document.querySelector('.player .play').focus()`)
		own.PressKeys(kb.Enter)
		webtest.WaitUntil(own, `!document.querySelector('audio').paused`)
		t.Log("the window needed a key press to continue")
	}
	if dir := os.Getenv("SLUGLINE_LOOK"); dir != "" {
		own.SaveScreenshot(filepath.Join(dir, "player-window.png"))
	}
	l.Navigate(ours + "/")
	at := webtest.Eval[float64](own, `document.querySelector('audio').currentTime`)
	webtest.WaitUntil(own, `document.querySelector('audio').currentTime > `+strconv.FormatFloat(at, 'f', -1, 64))
	l.CheckConsole()
	webtest.Eval[chromedp.Void](own, `document.querySelector('.player .play').focus()`)
	closed := webtest.Eval[bool](own, `(() => { let closed = false; window.close = () => { closed = true; }; document.querySelector('.player .close').click(); return closed; })()`)
	if !closed {
		t.Error("close does not close the window")
	}
}

// recordVideo is a script that returns a short video in base64.
const recordVideo = `(async () => {
  const canvas = document.createElement('canvas'), pen = canvas.getContext('2d');
  canvas.width = 320; canvas.height = 180;
  const recorder = new MediaRecorder(canvas.captureStream(20), { mimeType: 'video/webm' }), parts = [];
  recorder.ondataavailable = e => parts.push(e.data);
  recorder.start();
  for (let i = 0; i < 30; i++) { pen.fillStyle = i % 2 ? '#246' : '#642'; pen.fillRect(0, 0, 320, 180); await new Promise(done => setTimeout(done, 50)); }
  recorder.stop();
  await new Promise(done => recorder.onstop = done);
  const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
  return btoa([...bytes].map(b => String.fromCharCode(b)).join(''));
})()`

// A video is visible above our controls, and Escape returns to its beginning.
func TestVideo(t *testing.T) {
	l := webtest.OpenBrowser(t)
	video, err := base64.StdEncoding.DecodeString(webtest.Eval[string](l, recordVideo))
	if err != nil || len(video) < 1000 {
		t.Fatalf("a video of %d bytes: %v", len(video), err)
	}
	outlet := webtest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "video/webm")
		http.ServeContent(w, r, "a.webm", time.Time{}, bytes.NewReader(video))
	}))
	n := webtest.OpenFilled(t)
	ferry := n.Find("Ferry returns to port after a night at sea")
	n.EditEntry(ferry, func(e *news.Entry) {
		e.Media = []news.Media{{URL: outlet + "/a.webm", Type: "video/webm", Title: "The ferry comes in", Duration: time.Second}}
	})
	l.Navigate(serve(n) + "/stories/" + ferry.ID)
	webtest.WaitUntil(l, `document.querySelector('.player.film.ours')`)
	webtest.Eval[chromedp.Void](l, `document.querySelector('.player .play').focus()`)
	l.PressKeys(kb.Enter)
	webtest.WaitUntil(l, `document.querySelector('video').currentTime > .3 && document.querySelector('video').videoWidth === 320`)
	if !webtest.Eval[bool](l, `document.querySelector('video').checkVisibility({ visibilityProperty: true }) && !document.querySelector('video').controls`) {
		t.Error("the video is not visible or also has the browser's controls")
	}
	l.PressKeys(kb.Escape)
	webtest.WaitUntil(l, `document.querySelector('video').paused && document.querySelector('video').currentTime === 0`)
	l.CheckConsole()
}
