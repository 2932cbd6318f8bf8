package pace

import (
	"testing"
	"time"
)

func TestVisitsADay(t *testing.T) {
	const m = time.Minute
	paced, fixed, wire := Bounds{Floor: 5 * m}, Bounds{Floor: 5 * m, Every: 10 * m}, Bounds{Floor: m, Every: m, Wire: true}
	for _, c := range []struct {
		name      string
		budget    float64
		sources   []Bounds
		fix, rest float64
	}{
		{"none fixed", 192, []Bounds{paced, paced}, 0, 192},
		{"one fixed", 288, []Bounds{paced, paced, fixed}, 144, 144},
		{"all fixed", 288, []Bounds{fixed, fixed}, 288, 0},
		{"more than the budget", 1000, []Bounds{paced, wire}, 1440, 100},
		{"below the floor", 1000, []Bounds{paced, {Floor: 5 * m, Every: m}}, 288, 288},
		{"more than the floor allows", 1000, []Bounds{{Floor: time.Hour}, {Floor: 2 * time.Hour}}, 0, 36},
	} {
		if fix, rest := VisitsADay(c.budget, c.sources); fix != c.fix || rest != c.rest {
			t.Errorf("%s: got %v fixed and %v others, want %v and %v", c.name, fix, rest, c.fix, c.rest)
		}
	}
}
