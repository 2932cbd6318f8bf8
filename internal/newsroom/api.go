package newsroom

import (
	"bufio"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/tempfile"
	"github.com/slugline/slugline/internal/view"
)

// api answers the requests below /api/, with JSON.
type api struct{ *Desk }

func (a api) routes() []route {
	return []route{
		{"GET /api/status", a.status},
		{"GET /api/cluster", a.cluster},
		{"POST /api/cluster", a.clusterTask},
		{"GET /api/sources", a.sources},
		{"POST /api/sources", a.addSource},
		{"GET /api/sources/{name}", a.source},
		{"PATCH /api/sources/{name}", a.changeSource},
		{"DELETE /api/sources/{name}", a.removeSource},
		{"POST /api/try", a.trySource},
		{"GET /api/topics", a.topics},
		{"GET /api/topics/{name}", a.topic},
		{"PATCH /api/topics/{name}", a.changeTopic},
		{"GET /api/stories", a.stories},
		{"GET /api/stories/{id}", a.story},
		{"GET /api/events", a.wire},
		{"GET /api/events/{id}", a.event},
		{"GET /api/wire", a.wire},
		{"GET /api/unread", a.unread},
		{"GET /api/why", a.why},
		{"GET /api/preview", a.preview},
		{"GET /api/search", a.search},
		{"GET /api/backup", a.backup},
		{"POST /api/visit", a.visit},
		{"POST /api/orders", a.order},
		{"GET /api/decisions", a.decisions},
		{"GET /api/audit", a.audit},
		{"GET /api/claims", a.claims},
		{"POST /api/claims", a.claim},
		{"DELETE /api/claims/{id}", a.release},
		{"GET /api/alerts", a.alerts},
		{"POST /api/alerts", a.changeNotice},
		{"GET /api/seat", a.readState},
		{"POST /api/seat", a.changeReadState},
		{"GET /api/stars", a.starred},
		{"POST /api/stars", a.star},
		{"GET /api/stars/feed", a.starFeed},
		{"GET /api/tokens", a.tokens},
		{"POST /api/tokens", a.changeTokens},
		{"GET /api/recipients", a.recipients},
		{"POST /api/recipients", a.deleteRecipient},
		{"GET /api/openapi.json", pages(a).asset("openapi.json", "application/json")},
	}
}

func (a api) status(w http.ResponseWriter, r *http.Request) error {
	path, err := filepath.Abs(a.Store.Path())
	if err != nil {
		return fmt.Errorf("locate database: %w", err)
	}
	s := a.problems()
	s.Database, s.Bytes, s.Readers = path, a.Store.Size(), a.Live.Pages()
	err = a.Store.ViewContext(r.Context(), func(tx *store.Tx) error {
		unsent, err := view.ReadUnsent(tx)
		s.Unsent = view.UnsentIn(a.localeOf(r.Context()), unsent)
		return errors.Join(err, s.Read(tx))
	})
	if err != nil {
		return err
	}
	return reply.JSON(w, http.StatusOK, s)
}

func (a api) cluster(w http.ResponseWriter, _ *http.Request) error {
	if a.Cluster == nil {
		return reply.Faultf(http.StatusNotFound, "This node is alone: its feeds.yaml has no `cluster:`.")
	}
	return reply.JSON(w, http.StatusOK, a.Cluster())
}

// clusterTaskTime is how long a task may take, such as the filling of a replica.
const clusterTaskTime = 10 * time.Minute

// clusterTask does what `slugline cluster` asks for.
func (a api) clusterTask(w http.ResponseWriter, r *http.Request) error {
	var want struct {
		Do string `json:"do"`
	}
	if err := json.NewDecoder(r.Body).Decode(&want); err != nil {
		return reply.BodyFault(err, `Send JSON such as {"do": "verify"}.`)
	}
	switch {
	case a.ClusterTask == nil:
		return reply.Faultf(http.StatusNotFound, "This node is alone: its feeds.yaml has no `cluster:`.")
	case !slices.Contains([]string{"verify", "refill", "adopt", "ask-adopt"}, want.Do):
		return reply.Faultf(http.StatusBadRequest, "do must be verify, refill, adopt or ask-adopt, not %q.", want.Do)
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(clusterTaskTime))
	answer, err := a.ClusterTask(r.Context(), want.Do)
	if err != nil {
		return err
	}
	return reply.JSON(w, http.StatusOK, answer)
}

// problems says why intake has stopped, what is damaged and what is wrong with feeds.yaml.
func (d *Desk) problems() (s view.Status) {
	if err := d.ready(); errors.Is(err, store.ErrDamaged) {
		s.Damage = err.Error()
	} else if err != nil {
		s.Trouble = err.Error()
	}
	if d.ConfigErrors != nil {
		s.Refused = d.ConfigErrors()
	}
	return s
}

// readJSON answers with the value that read returns. read has one transaction, and must
// not take long.
func readJSON[T any](d *Desk, w http.ResponseWriter, r *http.Request, read func(*store.Tx) (T, error)) error {
	return answerJSON(w, r, d.Store.ViewContext, read)
}

// scanJSON is readJSON for a read that examines thousands of stories.
func scanJSON[T any](d *Desk, w http.ResponseWriter, r *http.Request, read func(*store.Tx) (T, error)) error {
	return answerJSON(w, r, d.scan, read)
}

func answerJSON[T any](w http.ResponseWriter, r *http.Request, in func(context.Context, func(*store.Tx) error) error, read func(*store.Tx) (T, error)) error {
	var v T
	err := in(r.Context(), func(tx *store.Tx) (err error) {
		v, err = read(tx)
		return err
	})
	if err != nil {
		return err
	}
	return reply.JSON(w, http.StatusOK, v)
}

func (a api) sources(w http.ResponseWriter, r *http.Request) error {
	return readJSON(a.Desk, w, r, view.Sources)
}

func (a api) topics(w http.ResponseWriter, r *http.Request) error {
	return readJSON(a.Desk, w, r, view.Topics)
}

func (a api) stories(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	query := view.StoryQuery{Topic: q.Get("topic"), Before: q.Get("before")}
	n, err := limitOf(r, view.StoryLines, view.MaxStoryLines)
	if err != nil {
		return err
	}
	query.Limit = n
	inTurn := func(ctx context.Context, read func(*store.Tx) error) error {
		end, err := a.takeTurn(ctx, n)
		if err != nil {
			return err
		}
		defer end()
		return a.Store.ViewContext(ctx, read)
	}
	return answerJSON(w, r, inTurn, func(tx *store.Tx) ([]view.Story, error) { return view.Stories(tx, query) })
}

func (a api) why(w http.ResponseWriter, r *http.Request) error {
	id, with := r.URL.Query().Get("entry"), r.URL.Query().Get("with")
	return scanJSON(a.Desk, w, r, func(tx *store.Tx) (*view.Explanation, error) {
		return view.WhyNot(tx, a.localeOf(r.Context()), id, with)
	})
}

func (a api) preview(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	rule := news.Topic{Name: q.Get("topic"), From: q["from"], Not: q["not"], Match: q["q"]}
	hasRule := rule.From != nil || rule.Not != nil || rule.Match != nil
	if rule.Name == "" && !hasRule {
		return reply.Faultf(http.StatusBadRequest, "Say what to preview: q= with a query, or topic= with the name of a topic.")
	}
	ctx, done := a.limitQuery(r.Context())
	defer done()
	return scanJSON(a.Desk, w, r, func(tx *store.Tx) (*view.TopicPreview, error) {
		t, err := tx.Topics.Get(rule.Name)
		switch {
		case err != nil:
			return nil, err
		case t != nil && !hasRule:
			return view.Preview(ctx, tx, t.Topic)
		case t != nil:
			rule.Keyed = t.Keyed
		case !hasRule:
			return nil, reply.Faultf(http.StatusNotFound, "There is no topic %q. Use q= for a query.", rule.Name)
		}
		return view.Preview(ctx, tx, rule)
	})
}

// backup sends a copy of the database. It makes the copy in a file beside the database
// first, so that a slow client does not hold a transaction open.
func (a api) backup(w http.ResponseWriter, r *http.Request) error {
	f, err := tempfile.Create(filepath.Dir(a.Store.Path()), "backup")
	if err != nil {
		return fmt.Errorf("create backup: %w", err)
	}
	_ = os.Remove(f.Name()) // the file disappears when it is closed
	defer func() { _ = f.Close() }()
	out := bufio.NewWriterSize(f, 1<<20)
	if err := a.Store.Copy(r.Context(), out); err != nil {
		return fmt.Errorf("create backup: %w", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("create backup: %w", err)
	}
	size, err := f.Seek(0, io.SeekCurrent)
	if err != nil {
		return fmt.Errorf("create backup: %w", err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("create backup: %w", err)
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Length", strconv.FormatInt(size, 10))
	h.Set("Content-Disposition", `attachment; filename="slugline.db"`)
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(time.Hour)) // the file may be large
	if r.Method != http.MethodHead {
		_, _ = io.Copy(w, f) // the client notices a body that is too short
	}
	return nil
}

//go:embed pages assets
var deskFiles embed.FS
