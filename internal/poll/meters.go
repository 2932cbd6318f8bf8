package poll

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Meters are the poller's metrics.
type Meters struct {
	visits  *prometheus.CounterVec
	seconds prometheus.Histogram
	lag     prometheus.Histogram
	gaps    prometheus.Counter
}

// NewMeters registers the poller's metrics; nil registers none.
func NewMeters(reg prometheus.Registerer) *Meters {
	m := &Meters{
		visits: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "slugline_visits_total", Help: "Visits of sources, by outcome.",
		}, []string{"outcome"}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "slugline_visit_seconds", Help: "From the request to the answer read and filed.",
			Buckets: []float64{.01, .03, .1, .3, 1, 3, 10, 30, 60},
		}),
		lag: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "slugline_publish_lag_seconds", Help: "From the published date of an item to its filing; first visits and catch-ups are left out.",
			Buckets: []float64{30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 43200, 86400},
		}),
		gaps: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "slugline_gaps_total", Help: "Documents that shared nothing with the one before: items may have come and gone unseen.",
		}),
	}
	for _, o := range []string{New, Same, NotModified, Problem, Gone, Blocked} {
		m.visits.WithLabelValues(o)
	}
	if reg != nil {
		reg.MustRegister(m.visits, m.seconds, m.lag, m.gaps)
	}
	return m
}

// observe counts a visit.
func (m *Meters) observe(v *visit, now time.Time) {
	m.visits.WithLabelValues(v.outcome).Inc()
	m.seconds.Observe(now.Sub(v.began).Seconds())
	if v.gap {
		m.gaps.Inc()
	}
	m.observeLags(v)
}

// observeLags counts how late the new entries of a visit were filed.
func (m *Meters) observeLags(v *visit) {
	for _, ms := range v.lags() {
		m.lag.Observe(float64(ms) / 1000)
	}
}
