package story_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/story"
)

func TestFilter(t *testing.T) {
	in := "title\tid\tpublished\tpublisher\tnotes\r\n" +
		"Fed raises rates again\te1\t2026-11-22T08:00:00Z\tReuters\tx\r\n" +
		"\r\n" +
		"UPDATE 1-Fed raises rates again - Daily\te2\t2026-11-22T09:00:00Z\tDaily\n" +
		"Rain floods two roads\te3\t\n"
	s1, s3 := news.StoryID("e1", 2), news.StoryID("e3", 5)
	want := "id\tstory\tevent\n" + "e1\t" + s1 + "\t" + s1 + "\n" + "e2\t" + s1 + "\t" + s1 + "\n" + "e3\t" + s3 + "\t" + s3 + "\n"
	for _, final := range []bool{false, true} {
		var out bytes.Buffer
		if err := story.Filter(strings.NewReader(in), &out, final); err != nil || out.String() != want {
			t.Errorf("final %v: %v\n%s\nwant\n%s", final, err, out.String(), want)
		}
	}
}

func TestFilterNamesWhatIsWrong(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"nothing", "", "no header line"},
		{"no title", "id\tpublished\n", "line 1: no column title"},
		{"no time", "id\ttitle\tpublished\na\tb\tyesterday\n", `line 2: published is no time: "yesterday"`},
	} {
		err := story.Filter(strings.NewReader(c.in), &bytes.Buffer{}, true)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
	}
	if err := story.Filter(strings.NewReader("id\ttitle\na\tb\n"), full{}, false); !errors.Is(err, errFull) {
		t.Errorf("full disk: error %v", err)
	}
}

var errFull = errors.New("disk full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }
