package newsroom_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/newsroom"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/webtest"
)

// manyStories adds stories, and then records that each changed all of them. It returns the
// Seq of the last record before those.
func manyStories(n *webtest.Newsroom, stories, records int) (before uint64) {
	n.Helper()
	var ids []string
	for i := range stories {
		ids = append(ids, n.AddStory(webtest.Story{Headline: fmt.Sprintf("Bulletin %d", i), Language: "en", Sources: []string{"gulf", "north"}, Topics: []string{"world"}}).ID)
	}
	before = n.Seq
	for range records {
		n.Apply(func(*store.Tx) news.Change { return news.Change{Stories: ids, Backlog: true} })
	}
	return before
}

// A client that missed more than a thousand stories is told to load the wire again, and
// gets what is new from then on.
func TestLiveTooFarBehind(t *testing.T) {
	n := webtest.Open(t)
	at := serve(n, nil)
	before := manyStories(n, 400, 3)
	for _, seen := range []uint64{1, before - 1, before} {
		w := listenTo(t, at, fmt.Sprint(seen))
		e := w.next()
		if e.kind != "gap" || e.id != fmt.Sprint(n.Seq) {
			t.Fatalf("after record %d: first event %+v, want a gap up to %d", seen, e, n.Seq)
		}
		n.AddStory(webtest.Story{Headline: "Live again", Sources: []string{"gulf"}})
		w.want(sse{id: fmt.Sprint(n.Seq), stories: []string{"Live again"}})
	}
	w := listenTo(t, at, fmt.Sprint(before+1))
	for i := range uint64(2) {
		if e := w.next(); e.id != fmt.Sprint(before+2+i) || len(e.stories) != 400 || e.stories[399] != "Bulletin 399" {
			t.Fatalf("event %d of a client that missed 800 stories: %s with %d stories", i, e.id, len(e.stories))
		}
	}
}

// Too many stories at once are a gap for clients that are connected, too.
func TestLiveRecordOfTooManyStories(t *testing.T) {
	n := webtest.Open(t)
	at := serve(n, nil)
	manyStories(n, 50, 0)
	w := listenTo(t, at, "")
	w.want(sse{id: fmt.Sprint(n.Seq)})
	n.Apply(func(tx *store.Tx) news.Change {
		list, err := tx.Stories.Latest(50, nil)
		n.Must(err)
		var ids []string
		for range 21 {
			for _, s := range list {
				ids = append(ids, s.ID)
			}
		}
		return news.Change{Stories: ids}
	})
	if e := w.next(); e.kind != "gap" || e.id != fmt.Sprint(n.Seq) {
		t.Fatalf("event %+v, want a gap up to %d", e, n.Seq)
	}
	n.AddStory(webtest.Story{Headline: "Live again", Sources: []string{"gulf"}})
	w.want(sse{id: fmt.Sprint(n.Seq), stories: []string{"Live again"}})
}

// readEvents reads a stream until it has the event of a record.
func readEvents(ctx context.Context, address string, last uint64) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, "GET", address, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	var all []byte
	for part, end := make([]byte, 64<<10), fmt.Appendf(nil, "id: %d\n", last); ; {
		n, err := resp.Body.Read(part)
		all = append(all, part[:n]...)
		if at := bytes.LastIndex(all, end); at >= 0 {
			if until := bytes.Index(all[at:], []byte("\n\n")); until >= 0 {
				return all[:at+until+2], nil
			}
		}
		if err != nil {
			return nil, err
		}
	}
}

// Three hundred clients catch up at the same time, a third of them with a filter. All get
// everything, and meanwhile the wire and what is new are answered.
func TestThreeHundredCatchUp(t *testing.T) {
	n := webtest.Open(t)
	at := serve(n, nil)
	before := manyStories(n, 100, 5)
	last := n.Seq
	got := make([][]byte, 300)
	var all sync.WaitGroup
	for i := range got {
		q := url.Values{"after": {fmt.Sprint(before)}}
		if i%3 == 0 {
			q.Set("q", `"Bulletin 7"`)
		}
		all.Go(func() {
			var err error
			if got[i], err = readEvents(t.Context(), at+"/live?"+q.Encode(), last); err != nil {
				t.Errorf("client %d: %v", i, err)
			}
		})
	}
	w := listenTo(t, at, "")
	w.want(sse{id: fmt.Sprint(last)})
	n.AddStory(webtest.Story{Headline: "Live meanwhile", Sources: []string{"gulf"}})
	w.want(sse{id: fmt.Sprint(n.Seq), stories: []string{"Live meanwhile"}})
	if resp, _ := webtest.Request(t, "GET", at+"/"); resp.StatusCode != http.StatusOK {
		t.Errorf("the wire answers %s", resp.Status)
	}
	all.Wait()
	for i, b := range got {
		want := got[1+i%3%2]
		if i%3 == 0 {
			want = got[0]
		}
		if string(b) != string(want) {
			t.Fatalf("client %d got other events than the others", i)
		}
	}
	if n, out := bytes.Count(got[1], []byte("\ndata: ")), bytes.Count(got[1], []byte(`"out":true`)); n != 500 || out != 0 {
		t.Errorf("without a filter: %d stories, %d out, want 500 and 0", n, out)
	}
	if n, out := bytes.Count(got[0], []byte("\ndata: ")), bytes.Count(got[0], []byte(`"out":true`)); n != 500 || out != 495 {
		t.Errorf("with a filter: %d stories, %d out, want 500 and 495", n, out)
	}
}

// leaving is a client that disconnects when it has received some bytes.
type leaving struct {
	*httptest.ResponseRecorder
	leave func()
	after string
}

func (l *leaving) Write(b []byte) (int, error) {
	n, err := l.ResponseRecorder.Write(b)
	if strings.Contains(l.Body.String(), l.after) {
		l.leave()
	}
	return n, err
}

// Nothing is rendered any more for a client that has left.
func TestLeavingEndsCatchUp(t *testing.T) {
	n := webtest.Open(t)
	d := &newsroom.Desk{Store: n.Store, Live: &n.Live, Token: token}
	before := manyStories(n, 300, 3)
	for _, after := range []string{"retry", "Bulletin 0", "retry"} { // the last one finds the stories rendered
		want := after != "retry"
		ctx, cancel := context.WithCancel(t.Context())
		r := httptest.NewRequestWithContext(ctx, "GET", fmt.Sprintf("/live?after=%d", before), nil)
		r.Header.Set("Authorization", "Bearer "+token)
		w := &leaving{ResponseRecorder: httptest.NewRecorder(), leave: cancel, after: after}
		d.ServeHTTP(w, r)
		body := w.Body.String()
		if has := strings.Contains(body, "Bulletin 0"); has != want || strings.Contains(body, fmt.Sprintf("id: %d\n", n.Seq)) {
			t.Errorf("a client that left after %q got %d bytes, the first story: %v", after, len(body), has)
		}
	}
	if diff := cmp.Diff(0, n.Store.OpenViews()); diff != "" {
		t.Errorf("open transactions (-want +got):\n%s", diff)
	}
}

// costlyFilter is the longest query, of phrases that begin like the text.
func costlyFilter() string {
	var b strings.Builder
	for i := 0; b.Len() < 16_000; i++ {
		fmt.Fprintf(&b, `OR "officials at the harbour said the ferry %d" `, i)
	}
	return b.String()[3:]
}

// A filter that uses up its processor time leaves out what its client missed, and ends the
// stream at what is new. Other clients get everything.
func TestLiveFilterThatCostsTooMuch(t *testing.T) {
	n := webtest.Open(t)
	at := serve(n, func(d *newsroom.Desk) { d.QueryTime = -1 })
	before := manyStories(n, 60, 2)
	began := n.Seq
	filtered := listenAt(t, at+"/live?q=bulletin", fmt.Sprint(before))
	if e := filtered.next(); e.kind != "gap" || e.id != fmt.Sprint(began) {
		t.Fatalf("first event %+v, want a gap up to %d", e, began)
	}
	others := listenAt(t, at+"/live", "")
	others.want(sse{id: fmt.Sprint(began)})
	n.AddStory(webtest.Story{Headline: "Bulletin of the evening", Sources: []string{"gulf"}})
	others.want(sse{id: fmt.Sprint(n.Seq), stories: []string{"Bulletin of the evening"}})
	var rest []string
	for filtered.body.Scan() {
		rest = append(rest, filtered.body.Text())
	}
	want := "event: end\nretry: 60000\ndata: {\"error\":\"The filter takes too much work, so the live updates have ended."
	if err := filtered.body.Err(); err != nil || !strings.HasPrefix(strings.Join(rest, "\n"), want) {
		t.Errorf("the stream ended with %q, %v, want an event end", rest, err)
	}
}

// The longest filter ends after some records, an ordinary one never.
func TestLiveLongestFilter(t *testing.T) {
	n := webtest.Open(t)
	at := serve(n, nil)
	text := strings.Repeat("Officials at the harbour said the ferry would return to the port after a night at sea. ", 30)
	costly := listenAt(t, at+"/live?"+url.Values{"q": {costlyFilter()}}.Encode(), "")
	ordinary := listenAt(t, at+"/live?q=evening", "")
	ended := make(chan error, 1)
	costly.next()
	ordinary.next()
	go func() {
		_, err := io.Copy(io.Discard, costly.resp.Body)
		ended <- err
	}()
	for i := 0; ; i++ {
		n.AddStory(webtest.Story{Headline: fmt.Sprintf("Bulletin %d of the evening", i), Summary: text, Language: "en", Sources: []string{"gulf", "north", "nile"}})
		ordinary.want(sse{id: fmt.Sprint(n.Seq), stories: []string{fmt.Sprintf("Bulletin %d of the evening", i)}})
		select {
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
			return
		default:
		}
		if i == 1000 {
			t.Fatal("the costly filter is still matched after 1,000 records")
		}
	}
}
