package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/slugline/slugline/internal/cluster"
)

// registerMetrics registers what a node of a cluster measures of itself.
func (m *member) registerMetrics(r prometheus.Registerer) {
	r.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "slugline_wire_behind_seconds", Help: "For how long the log of the cluster has had a record that this node has not applied, to some seconds; 0 while it has applied all."},
			func() float64 { return m.log.Behind().Seconds() }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "slugline_wire_gaps_total", Help: "How often this node found since its start that records are missing in the log or in its replica of it."},
			func() float64 { return float64(m.log.Gaps()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "slugline_wire_partitions_owned", Help: "Partitions of sources that this node visits, of 64 in the cluster."},
			func() float64 { return float64(m.partitionsOwned()) }),
	)
}

// partitionsOwned returns how many partitions this node owns now.
func (m *member) partitionsOwned() (n int) {
	for c := range cluster.Claim(cluster.Partitions) {
		if m.node.Holds(c) {
			n++
		}
	}
	return n
}
