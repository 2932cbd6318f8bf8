package desk

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/slugline/slugline/internal/news"
)

// Meters are the desk's metrics, counted after each commit.
type Meters struct {
	entries, stories prometheus.Counter
	folded           *prometheus.CounterVec
}

// NewMeters registers the desk's metrics; nil registers none.
func NewMeters(reg prometheus.Registerer) *Meters {
	m := &Meters{
		entries: prometheus.NewCounter(prometheus.CounterOpts{Name: "slugline_entries_total", Help: "Entries filed, each once."}),
		stories: prometheus.NewCounter(prometheus.CounterOpts{Name: "slugline_stories_total", Help: "New stories."}),
		folded:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "slugline_folded_total", Help: "Entries that joined an existing story, by level."}, []string{"level"}),
	}
	// No entry joins at level "same" any more. Its time series stays for dashboards.
	for _, l := range []news.Level{"same", news.LevelLink, news.LevelKey, news.LevelEdited} {
		m.folded.WithLabelValues(string(l))
	}
	if reg != nil {
		reg.MustRegister(m.entries, m.stories, m.folded)
	}
	return m
}

func (m *Meters) count(t *transaction) {
	m.entries.Add(float64(t.entries))
	m.stories.Add(float64(t.stories))
	for level, n := range t.folded {
		m.folded.WithLabelValues(string(level)).Add(float64(n))
	}
}
