package main

import (
	"github.com/slugline/slugline/internal/side"
)

// shareLocal begins to exchange the rows of the local half that all nodes need. It is called
// before anything is written.
func (m *member) shareLocal() {
	m.side = &side.Mirror{Store: m.store, Table: m.wire.Side, Node: m.node.Name, Log: m.logger}
	m.store.ShareLocal(m.side.Changed)
}
