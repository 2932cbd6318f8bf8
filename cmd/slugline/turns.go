package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/slugline/slugline/internal/cluster"
	"github.com/slugline/slugline/internal/poll"
)

// turnSubjects begins the subjects on which nodes ask for turns at the hosts of a partition.
const turnSubjects = "wire.turn."

// askTurn asks the node that has the partition of an address.
func (m *member) askTurn(ctx context.Context, address string, q poll.TurnRequest) (a poll.TurnAnswer, err error) {
	b, err := json.Marshal(q)
	if err != nil {
		return a, err
	}
	subject := turnSubjects + cluster.PartitionOf(address).String()
	if q.Ended {
		return a, m.wire.Tell(subject, b)
	}
	if b, err = m.wire.Ask(ctx, subject, b); err != nil {
		return a, err
	}
	if err := json.Unmarshal(b, &a); err != nil {
		return a, fmt.Errorf("the answer about %s: %w", q.Host, err)
	}
	return a, nil
}

// giveTurns answers other nodes until ctx ends.
func (m *member) giveTurns(ctx context.Context) error {
	return m.wire.Answer(ctx, turnSubjects+"*", m.giveTurn)
}

// giveTurn answers if the partition is this node's.
func (m *member) giveTurn(subject string, question []byte) []byte {
	var partition int
	var q poll.TurnRequest
	if _, err := fmt.Sscanf(subject, turnSubjects+"p%02d", &partition); err != nil || json.Unmarshal(question, &q) != nil {
		return nil
	}
	if !q.Ended && !m.node.Holds(cluster.Claim(partition)) {
		return nil
	}
	b, err := json.Marshal(m.visits.GiveTurn(q))
	if err != nil {
		return nil
	}
	return b
}
