package search

import (
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/topic"
)

// mapping says how the index holds a query field, and how it answers a part of a query
// about that field.
type mapping struct {
	field string // of a document
	write func(d *documentWriter, field string, f *topic.Field, s *news.Story, t take)
	plan  func(p *planner, field string, part topic.Part) (*candidateQuery, error)
}

// mappings are the query fields that the index knows, by name. For a field that is not
// here the index has no answer: every story is a candidate, and topic's match decides.
// Fields of the source need no row, because the planner matches the sources themselves.
// A new row changes what documents hold, so it needs a new version.
var mappings = map[string]mapping{
	topic.Anywhere.Name: {fieldNews, writeNews, (*planner).news},
	"title":             {fieldTitle, writeWords, (*planner).news},
	"author":            {fieldAuthor, writeWords, (*planner).words},
	"category":          {fieldCategory, writeWords, (*planner).words},
	"lang":              {fieldLang, writeValues, (*planner).lang},
	"link":              {fieldLink, writeLabels, (*planner).link},
	"has":               {fieldMedia, writeValues, (*planner).value},
	"assigned":          {fieldAssigned, writeValues, (*planner).value},
	"after":             {fieldTaken, writeTaken, (*planner).moment},
	"before":            {fieldTaken, writeTaken, (*planner).moment},
	"outlets":           {fieldOutlets, writeOutlets, (*planner).number},
}

// mapped returns the query fields that this index knows.
func (x *Index) mapped() map[string]mapping {
	if x.known != nil {
		return x.known
	}
	return mappings
}
