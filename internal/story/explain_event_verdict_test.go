package story_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/story"
)

// A verdict on an event says what was needed, and what kept the headline out of the next
// likely one.
func TestExplainVerdict(t *testing.T) {
	f := story.New()
	var last story.Verdict
	var first []string
	for i, text := range []string{
		"Strong earthquake shakes southern Peru, three dead",
		"Strong earthquake shakes eastern Taiwan, two dead",
		"Peru earthquake: rescuers search villages near Arequipa for survivors",
	} {
		last = f.Judge(story.Headline{Entry: string(rune('a' + i)), Seq: uint64(i + 1), Language: "en", Text: text, At: noon.Add(time.Duration(i) * time.Minute)})
		first = append(first, last.Story)
		joined, refused, err := story.ExplainVerdict(last.Signature)
		if err != nil {
			t.Fatal(err)
		}
		switch i {
		case 0:
			if joined != nil || refused != nil {
				t.Errorf("the first headline has reasons: %v, %v", joined, refused)
			}
		case 1:
			if joined != nil || refused == nil || refused.Story != first[0] || refused.Needed <= refused.Score {
				t.Fatalf("the quake in Taiwan joined %+v, did not join %+v", joined, refused)
			}
			if diff := cmp.Diff(story.Reason{Text: "they name other places", More: 400}, refused.More[0]); diff != "" {
				t.Errorf("why (-want +got):\n%s", diff)
			}
			sum := refused.Base
			for _, r := range refused.More {
				sum += r.More
			}
			if sum != refused.Needed {
				t.Errorf("%d and the reasons %v make %d, want the %d needed", refused.Base, refused.More, sum, refused.Needed)
			}
		case 2:
			if joined == nil || joined.Story != first[0] || joined.Needed > joined.Score {
				t.Errorf("the second headline about Peru joined %+v, did not join %+v", joined, refused)
			}
		}
	}
	if _, _, err := story.ExplainVerdict([]byte{0}); err == nil {
		t.Error("a damaged signature has reasons")
	}
}

// However far apart two headlines are, the signature with the reasons can be read again.
func TestReasonsOfHeadlinesYearsApart(t *testing.T) {
	f := story.New()
	for i, at := range []time.Time{noon, noon.AddDate(90, 0, 0), noon.AddDate(-90, 0, 0)} {
		v := f.Judge(story.Headline{Entry: string(rune('a' + i)), Seq: uint64(i + 1), Text: "Strong earthquake shakes southern Peru, " + string(rune('a'+i)) + "bc dead", At: at})
		if _, _, err := story.ExplainVerdict(v.Signature); err != nil {
			t.Errorf("at %s: %v", at, err)
		}
	}
}
