package store

import "github.com/slugline/slugline/internal/news"

// FeedReaders is the table of the programs that fetch our feeds.
type FeedReaders struct{ *rows }

// All returns all feed readers, by feed.
func (t FeedReaders) All() ([]*news.FeedReader, error) {
	return allJSON[news.FeedReader](t.rows, feedReaders, nil)
}

// Put stores a feed reader under its Feed and Agent.
func (t FeedReaders) Put(r *news.FeedReader) error {
	return t.putJSON(feedReaders, feedReaderKey(r.Feed, r.Agent), r)
}

// Delete deletes a feed reader.
func (t FeedReaders) Delete(r *news.FeedReader) error {
	return t.delete(feedReaders, feedReaderKey(r.Feed, r.Agent))
}
