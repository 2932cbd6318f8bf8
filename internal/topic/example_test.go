package topic_test

import (
	"errors"
	"fmt"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/topic"
)

func ExampleParse() {
	q, err := topic.Parse(`(ransom* OR "data breach") -sport lang:en outlets:>1`)
	if err != nil {
		fmt.Println(err)
		return
	}
	source := &news.Source{Name: "bbc-world", Title: "BBC World News", Language: "en"}
	for _, e := range []*news.Entry{
		{Headline: "Ransomware hits three hospitals"},
		{Headline: "A data breach and its victims"},
		{Headline: "Data on a breach", Language: "en-GB"},
		{Headline: "Ransomware hits a sport club"},
	} {
		doc := topic.NewDoc(e, source)
		fmt.Println(q.Match(doc, 1), q.Match(doc, 2), e.Headline)
	}

	_, err = topic.Parse("dubai OR")
	fmt.Println(err)
	var e *topic.Error
	if errors.As(err, &e) {
		fmt.Println("column", e.Column)
	}

	// Output:
	// false true Ransomware hits three hospitals
	// false true A data breach and its victims
	// false false Data on a breach
	// false false Ransomware hits a sport club
	// column 7: OR needs a word after it; to search for the word itself, write "OR"
	// column 7
}
