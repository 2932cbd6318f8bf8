package news

import (
	"encoding/binary"
	"strings"
	"time"
)

// PastVisit is a visit of a source, or a row of visits without news, as a VisitHistory has
// it.
type PastVisit struct {
	First   time.Time     `json:"first"`             // to the second
	Last    time.Time     `json:"last"`              // the last of the row; First for a single visit
	Visits  int           `json:"visits"`            // how many
	Outcome string        `json:"outcome"`           // of the last; see VisitState.Outcome
	Status  int           `json:"status,omitempty"`  // of HTTP; 0 when there was no answer
	Filed   int           `json:"filed,omitempty"`   // new and changed entries
	Took    time.Duration `json:"took"`              // the last one, in nanoseconds
	Problem string        `json:"problem,omitempty"` // in plain words; empty when it succeeded
}

// continues reports whether v and the row before it are one: both without news, or with the
// same problem.
func (v *PastVisit) continues(row *PastVisit) bool {
	if v.Problem != "" || row.Problem != "" {
		return v.Problem == row.Problem && v.Outcome == row.Outcome
	}
	return v.Filed == 0 && row.Filed == 0
}

const (
	maxHistory     = 50  // rows that are kept
	maxPastProblem = 200 // bytes of a problem that are kept
)

// VisitHistory is what the last visits of a source were, newest first, at most 50 rows. It
// is stored at each visit, so it is encoded: a row is some ten bytes. Visits without news
// share a row.
type VisitHistory []byte

// outcomes are the values of VisitState.Outcome by their code.
var outcomes = []string{"", "new", "same", "not-modified", "problem", "gone", "blocked"}

func outcomeCode(s string) uint64 {
	for i, o := range outcomes {
		if o == s {
			return uint64(i)
		}
	}
	return 0
}

// Add returns the history with one more visit. h stays as it is.
func (h VisitHistory) Add(v PastVisit) VisitHistory {
	v.Problem = strings.ToValidUTF8(v.Problem[:min(len(v.Problem), maxPastProblem)], "")
	v.First, v.Visits = v.Last, 1
	row, rest, ok := h.next()
	switch {
	case !ok:
		rest = nil
	case v.continues(&row):
		v.First, v.Visits = row.First, row.Visits+1
	default:
		rest = h.newest(maxHistory - 1)
	}
	return append(v.encode(make([]byte, 0, len(rest)+24+len(v.Problem))), rest...)
}

// newest returns the first n rows.
func (h VisitHistory) newest(n int) VisitHistory {
	rest, ok := h, true
	for ; n > 0 && ok; n-- {
		_, rest, ok = rest.next()
	}
	return h[:len(h)-len(rest)]
}

func (v *PastVisit) encode(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(max(v.Last.Unix(), 0)))
	for _, n := range []uint64{
		uint64(max(v.Last.Unix()-v.First.Unix(), 0)), uint64(v.Visits), outcomeCode(v.Outcome), uint64(max(v.Status, 0)),
		uint64(max(v.Filed, 0)), uint64(max(v.Took.Milliseconds(), 0)), uint64(len(v.Problem)),
	} {
		b = binary.AppendUvarint(b, n)
	}
	return append(b, v.Problem...)
}

// next decodes the first row and returns the others.
func (h VisitHistory) next() (v PastVisit, rest VisitHistory, ok bool) {
	var n [8]uint64
	for i := range n {
		value, used := binary.Uvarint(h)
		if used <= 0 || value > 1<<40 {
			return v, nil, false
		}
		n[i], h = value, h[used:]
	}
	if n[7] > uint64(len(h)) || n[3] >= uint64(len(outcomes)) {
		return v, nil, false
	}
	last := int64(n[0])
	v = PastVisit{
		First: time.Unix(last-int64(n[1]), 0).UTC(), Last: time.Unix(last, 0).UTC(), Visits: int(n[2]), Outcome: outcomes[n[3]], Status: int(n[4]),
		Filed: int(n[5]), Took: time.Duration(n[6]) * time.Millisecond, Problem: string(h[:n[7]]),
	}
	return v, h[n[7]:], true
}

// Rows returns the rows, newest first. What can't be decoded is left out.
func (h VisitHistory) Rows() (all []PastVisit) {
	for len(h) > 0 && len(all) < maxHistory {
		v, rest, ok := h.next()
		if !ok {
			break
		}
		all, h = append(all, v), rest
	}
	return all
}
