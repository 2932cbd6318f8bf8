package newsroom_test

import (
	"bytes"
	"context"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/slugline/slugline/internal/cluster"
	"github.com/slugline/slugline/internal/desk"
	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/newsroom"
	"github.com/slugline/slugline/internal/poll"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/webtest"
)

// document is openapi.json as the desk serves it.
type document struct {
	testing.TB
	at       string // of the desk
	compiler *jsonschema.Compiler
	ops      map[string]operation // by operationId
}

type operation struct {
	method, path string
	ID           string `json:"operationId"`
	Parameters   []struct {
		Name, In string
		Required bool
	}
	RequestBody *struct{ Content map[string]any }
	Responses   map[string]struct {
		Ref     string `json:"$ref"`
		Content map[string]json.RawMessage
	}
}

const docAt = "http://desk.example/openapi.json"

// describe reads the document from a desk. It forbids members that the document does not
// describe.
func describe(t *testing.T, at string) *document {
	_, body := webtest.Request(t, "GET", at+"/api/openapi.json")
	whole, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range whole.(map[string]any)["components"].(map[string]any)["schemas"].(map[string]any) {
		s.(map[string]any)["additionalProperties"] = false
	}
	d := &document{TB: t, at: at, compiler: jsonschema.NewCompiler(), ops: map[string]operation{}}
	d.compiler.DefaultDraft(jsonschema.Draft2020)
	d.compiler.AssertFormat()
	if err := d.compiler.AddResource(docAt, whole); err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]operation
	}
	if err := json.Unmarshal([]byte(body), &doc); err != nil {
		t.Fatal(err)
	}
	for path, does := range doc.Paths {
		for method, op := range does {
			op.method, op.path = method, path
			if d.ops[op.ID].ID != "" {
				t.Errorf("two operations have the id %s", op.ID)
			}
			d.ops[op.ID] = op
		}
	}
	return d
}

// apiCall is a request to an operation of the document.
type apiCall struct {
	op, id string
	query  string // name=value&...
	body   string
	status int
}

// validate checks the answer to a request against the document.
func (d *document) validate(t *testing.T, c apiCall) {
	t.Helper()
	op, ok := d.ops[c.op]
	if !ok {
		t.Errorf("the document has no operation %s", c.op)
		return
	}
	names, err := url.ParseQuery(c.query)
	if err != nil {
		t.Fatal(err)
	}
	for name := range names {
		if !slices.ContainsFunc(op.Parameters, func(p struct {
			Name, In string
			Required bool
		}) bool {
			return p.Name == name && p.In == "query"
		}) {
			t.Errorf("%s has no parameter %s", c.op, name)
		}
	}
	address := d.at + strings.NewReplacer("{id}", c.id, "{name}", c.id).Replace(op.path)
	if c.query != "" {
		address += "?" + c.query
	}
	resp, body := webtest.RequestWithBody(t, strings.ToUpper(op.method), address, strings.NewReader(c.body), "Content-Type: application/json", "Authorization: Bearer "+token)
	if resp.StatusCode != max(c.status, 200) {
		t.Errorf("%s %s: %d %s, want %d", c.op, address, resp.StatusCode, body, max(c.status, 200))
		return
	}
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	at := docAt + "#/paths/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(op.path) + "/" + op.method + "/responses/200/content/" + strings.ReplaceAll(kind, "/", "~1") + "/schema"
	if c.status > 200 {
		at = docAt + "#/components/responses/Error/content/application~1json/schema"
	} else if _, ok := op.Responses["200"].Content[kind]; !ok {
		t.Errorf("%s answers with %s, which is not in the document", c.op, kind)
		return
	}
	if kind != "application/json" {
		return
	}
	at = strings.NewReplacer("{", "%7B", "}", "%7D").Replace(at)
	schema, err := d.compiler.Compile(at)
	if err != nil {
		t.Fatalf("%s: %v", c.op, err)
	}
	got, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(got); err != nil {
		t.Errorf("%s %s: %v\n%.600s", c.op, address, err, body)
	}
}

// working opens a newsroom in which orders are carried out, and a site with feeds.
func working(t *testing.T) (n *webtest.Newsroom, at, site string) {
	n, _ = openWithAlerts(t)
	now := news.Instant(time.Now())
	n.Must(n.Store.Update(func(tx *store.Tx) error {
		n.Must(tx.Visits.Put(news.VisitState{Source: "gulf", Visits: 40, LastAttempt: now, LastSuccess: now, Due: now, Reason: "now", Outcome: "new", Status: 200, Lag: []int64{1, 2}, Gaps: 3, Moved: "http://new.example/", Moves: 9, History: news.VisitHistory(nil).Add(news.PastVisit{Last: now, Outcome: "new", Status: 200, Filed: 3, Took: time.Second})}))
		n.Must(tx.Visits.Put(news.VisitState{Source: "north", LastAttempt: now, Outcome: "problem", Problem: "it answered 500", Failures: 3, Pace: silent(now, 11*time.Hour)}))
		return tx.Recipients.Put(&news.Recipient{ID: "r1", Newsletter: "morning", Address: "ann@reader.example", Asked: now})
	}))
	n.EditSource("harbour", func(s *news.SourceState) { s.Pause = &news.Pause{Who: "anna", Why: "floods the wire", At: now, Seq: 7} })
	d, err := desk.Open(n.Store, &n.Live, nil, nil)
	n.Must(err)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		n.Must(<-done)
	})
	x := startSearch(n)
	site = newSite(t)
	settings := withSettings(t, deskFile, site)
	return n, serve(n, func(w *newsroom.Desk) {
		settings(w)
		w.Order, w.Search = (&journal.Journal{Commit: d.File, Store: n.Store}).Order, x
		w.Cluster = func() cluster.ClusterState {
			return cluster.ClusterState{Node: "n1", Session: true, Nodes: []cluster.NodeState{{Name: "n1", Seen: now, Visits: true, Partitions: []int{7}, Holds: []string{"hub"}}}}
		}
		w.ClusterTask = func(context.Context, string) (any, error) { return map[string]bool{"same": true}, nil }
		w.Resend, w.Discard = func(string) error { return nil }, func(string) error { return nil }
		w.VisitOne = func(context.Context, string) (any, string, error) {
			return poll.Visited{ID: "gulf", Name: "gulf", Outcome: "new", Status: 200, Filed: 2, Next: now}, "", nil
		}
	}), site
}

// All answers of the API match its document, and every operation is called.
func TestOpenAPIAnswers(t *testing.T) {
	n, at, site := working(t)
	d := describe(t, at)
	ferry, copper := n.Find("Ferry returns to port after a night at sea"), n.Find("Copper rises for a third day")
	calls := []apiCall{
		{op: "openapi"}, {op: "cluster"}, {op: "cluster-task", body: `{"do": "verify"}`}, {op: "cluster-task", body: `{"do": "dance"}`, status: 400}, {op: "status"}, {op: "sources"}, {op: "topics"},
		{op: "stories"}, {op: "stories", query: "topic=world&limit=2"}, {op: "stories", query: "before=" + copper.ID}, {op: "stories", query: "topic=none", status: 404}, {op: "stories", query: "limit=none", status: 400},
		{op: "story", id: copper.ID}, {op: "story", id: "none", status: 404},
		{op: "events", query: "limit=3"}, {op: "events", query: "q=copper"}, {op: "events", query: "q=%28copper", status: 400}, {op: "events", query: "before=none", status: 404},
		{op: "wire"}, {op: "unread"}, {op: "event", id: ferry.Event}, {op: "event", id: "none", status: 404},
		{op: "why", query: "entry=" + ferry.Lead}, {op: "why", query: "entry=" + copper.Takes[1].Entry}, {op: "why", query: "entry=" + ferry.Lead + "&with=" + copper.ID}, {op: "why", query: "entry=none", status: 404},
		{op: "preview", query: "topic=world&q=copper"}, {op: "preview", query: "q=copper&from=wires&not=gulf"}, {op: "preview", query: "q=%28", status: 400},
		{op: "search", query: "q=copper"}, {op: "search", query: "q=lang%3Aen&limit=2&topic=world&before=" + copper.ID}, {op: "search", query: "q=%28", status: 400}, {op: "search", query: "q=x&topic=none", status: 404},
		{op: "claim", body: `{"story": "` + copper.ID + `", "note": "calls the exchange", "who": "omar"}`}, {op: "claim", body: `{}`, status: 400}, {op: "claim", body: `{"story": "none"}`, status: 409},
		{op: "claim", body: `{"story": "` + ferry.ID + `", "event": true, "who": "omar"}`}, {op: "claims"}, {op: "story", id: copper.ID}, {op: "event", id: ferry.Event}, {op: "release", id: copper.ID}, {op: "release", id: ferry.ID, query: "event=true"}, {op: "release", id: copper.ID, status: 409},
		{op: "order", body: `{"verb": "pin", "args": ["` + ferry.ID + `", "world"], "for": "6h", "why": "front"}`}, {op: "order", body: `{"verb": "pause", "args": ["gulf"], "who": "anna", "why": "floods"}`},
		{op: "order", body: `{"verb": "dance", "args": ["gulf"]}`, status: 409}, {op: "order", body: `{"verbs": 1}`, status: 400},
		{op: "decisions"}, {op: "decisions", query: "before=1"}, {op: "decisions", query: "before=x", status: 400}, {op: "audit"}, {op: "audit", query: "before=" + copper.ID}, {op: "audit", query: "before=none", status: 404},
		{op: "alerts"}, {op: "alerts", query: "when=quiet&when=problem&limit=20"}, {op: "alerts", query: "limit=x", status: 400}, {op: "resend", body: `{"notice": "dead", "do": "retry"}`}, {op: "resend", body: `{"do": "dance"}`, status: 400},
		{op: "visit", query: "source=gulf"}, {op: "visit", query: "source=none", status: 404}, {op: "visit", query: "all=true"}, {op: "visit", body: `{"source": "gulf"}`}, {op: "visit", body: `{"source": "none"}`, status: 404}, {op: "visit", body: `{"name": "gulf"}`, status: 400},
		{op: "token", body: `{"name": "anna", "read": true}`}, {op: "token", body: `{"name": "anna"}`, status: 409}, {op: "tokens"}, {op: "token", body: `{"name": "anna", "revoke": true}`},
		{op: "recipients"}, {op: "recipients", query: "newsletter=morning"}, {op: "forget", body: `{"address": "ann@reader.example"}`}, {op: "forget", body: `{}`, status: 400},
		{op: "seat"}, {op: "seat-change", body: `{"read": ["` + copper.ID + `"], "mute": {"kind": "word", "what": "football", "for": "8h"}}`}, {op: "seat-change", body: `{"mute": {"kind": "dance", "what": "x"}}`, status: 400}, {op: "seat"},
		{op: "star", body: `{"star": "` + copper.ID + `"}`}, {op: "star", body: `{"star": "none"}`, status: 404}, {op: "star", body: `{}`, status: 400}, {op: "star", body: `{"like": "x"}`, status: 400},
		{op: "stars"}, {op: "star-feed"}, {op: "stars", query: "limit=1&before=" + copper.ID}, {op: "stars", query: "before=none", status: 404}, {op: "seat"}, {op: "star", body: `{"unstar": "` + copper.ID + `"}`},
		{op: "backup"},
		{op: "source", id: "gulf"}, {op: "source", id: "none", status: 404}, {op: "topic", id: "world"}, {op: "topic", id: "none", status: 404},
		{op: "try", body: `{"address": "` + site + `/rss"}`}, {op: "try", body: `{"address": "` + site + `/none"}`, status: 422}, {op: "try", body: `{"address": "ftp://x.example/"}`, status: 422}, {op: "try", body: `{}`, status: 400},
		{op: "source-add", body: `{"address": "` + site + `/rss", "name": "quay", "tags": ["sea"]}`}, {op: "source-add", body: `{"address": "` + site + `/rss"}`, status: 409}, {op: "source-add", body: `{"address": "https://a:b@x.example/"}`, status: 422},
		{op: "source-change", id: "quay", body: `{"paused": true, "rank": 3, "tags": [], "title": "Quay", "name": "port"}`}, {op: "source-change", id: "none", body: `{"rank": 3}`, status: 404}, {op: "source-change", id: "port", body: `{"pause": true}`, status: 400}, {op: "source-change", id: "port", body: `{"name": "Port"}`, status: 422},
		{op: "source-remove", id: "port"}, {op: "source-remove", id: "port", status: 404},
		{op: "topic-change", id: "world", body: `{"match": ["copper", "ferry"]}`}, {op: "topic-change", id: "world", body: `{"match": ["(copper"]}`, status: 422}, {op: "topic-change", id: "world", body: `{}`, status: 400}, {op: "topic-change", id: "none", body: `{"match": []}`, status: 404},
	}
	called := map[string]bool{}
	for _, c := range calls {
		called[c.op] = true
		d.validate(t, c)
	}
	for id := range d.ops {
		if !called[id] {
			t.Errorf("%s is never called in this test", id)
		}
	}
}

// A read-only token can read, and change nothing.
func TestReadOnlyTokenChangesNothing(t *testing.T) {
	n, at, _ := working(t)
	var key *newsroom.Token
	n.Must(n.Store.Update(func(tx *store.Tx) (err error) {
		key, err = newsroom.MakeToken(tx, "guest", true, n.At)
		return err
	}))
	before := digest(n)
	for id, op := range describe(t, at).ops {
		resp, body := webtest.RequestWithBody(t, strings.ToUpper(op.method), at+strings.NewReplacer("{id}", "x", "{name}", "x").Replace(op.path), bytes.NewReader(nil), "Authorization: Bearer "+key.Secret)
		switch {
		case op.method != "get" && (resp.StatusCode != http.StatusForbidden || !strings.Contains(body, "This token is read-only.")):
			t.Errorf("%s: %d %s, want 403", id, resp.StatusCode, body)
		case op.method == "get" && (resp.StatusCode == http.StatusUnauthorized || resp.StatusCode == http.StatusForbidden) && id != "recipients":
			t.Errorf("%s: %d %s", id, resp.StatusCode, body)
		}
	}
	if digest(n) != before {
		t.Error("a read-only token changed something")
	}
}

func digest(n *webtest.Newsroom) (sum string) {
	n.Helper()
	sum, err := n.Store.Digest()
	n.Must(err)
	return sum
}
