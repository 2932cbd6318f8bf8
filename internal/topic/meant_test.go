package topic

import (
	"fmt"
	"strings"
	"testing"
)

func TestSlips(t *testing.T) {
	for _, c := range []struct{ query, want string }{
		{"barge or quay", "or=OR"},
		{"barge Or quay", "Or=OR"},
		{"(barge and quay) OR (tug not quay)", "and=AND not=NOT"},
		{"Kahn ODER Kai", "ODER=OR"},
		{"barge oder quay", ""}, // the river
		{"баржа ИЛИ причал", "ИЛИ=OR"},
		{"غزة أو لبنان", "أو=OR"},
		{"barge OR quay", ""},
		{"or", ""},
		{`"to be or not to be"`, ""},
		{`barge "or" quay`, ""},
		{"barge =or quay", ""},
		{"title:(barge or quay)", ""},
		{"barge !quay", "!quay=-quay"},
		{"Yahoo! quay", ""},
		{"flood~ quay~2", "flood~=flood* quay~2=quay*"},
		{"vaccine^2", "vaccine^2=vaccine"},
		{`"barge quay"~3`, "~3=the words without quotes"},
		{"has audio", "has audio=has:audio"},
		{"(tug has audio) OR lang en", "has audio=has:audio lang en=lang:en"},
		{"Lang Lang", ""},
		{"has quay", ""},
		{"outlets >3", "outlets >3=outlets:>3"},
		{"quay outlets>=3", "outlets>=3=outlets:>=3"},
		{"outlets 3", ""},
		{`"flood~"`, ""},
	} {
		q, err := Parse(c.query)
		if err != nil {
			t.Fatalf("%s: %v", c.query, err)
		}
		var got []string
		for _, s := range q.Slips() {
			got = append(got, fmt.Sprintf("%s=%s", s.Word, s.Operator))
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: got %q, want %q", c.query, s, c.want)
		}
	}
}

func TestNamed(t *testing.T) {
	q, err := Alerting(nil).Parse(`source:gulf -source:(North OR "Star Daily" OR n*) topic:cyber tag:"Middle East"`)
	if err != nil {
		t.Fatal(err)
	}
	for field, want := range map[string]string{"source": "[gulf north]", "topic": "[cyber]", "tag": "[middle east]", "lang": "[]"} {
		if got := fmt.Sprint(q.Named(field)); got != want {
			t.Errorf("%s: got %s, want %s", field, got, want)
		}
	}
}
