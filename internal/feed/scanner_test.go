package feed

import "testing"

// The digests show what gofeed parses, and with it what the scanner repairs, skips and
// replaces by placeholders.
func TestDigest(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{
			"RSS",
			`<rss version="2.0" xmlns:d="http://purl.org/dc/elements/1.1/"><channel><title>Le Port</title>` +
				`<item><guid>1</guid><title>Port & <b>ville</title><d:creator>A. Martin</d:creator>` +
				`<pubDate>dim., 22 nov. 2026 10:00:00 +0100</pubDate><shop:price>2</shop:price></item><item><title>Cut of`,
			`<rss><channel><title>Le Port</title>` +
				`<item><guid>text:0</guid><title>text:1</title><dc:creator>A. Martin</dc:creator>` +
				`<pubDate>2026-11-22T09:00:00Z</pubDate></item></channel></rss>`,
		},
		{
			"Atom",
			`<atom:feed xmlns:atom="http://www.w3.org/2005/Atom"><atom:entry><atom:link rel="alternate" href="/1?a=1&b=2"/>` +
				`<atom:content type="html">&lt;p&gt;x&lt;/p&gt;</atom:content></atom:entry></atom:feed>`,
			`<feed><entry><link rel="alternate" href="text:0"/><content>text:1</content></entry></feed>`,
		},
	} {
		s := new(scanner)
		s.reset([]byte(c.in))
		if err := s.findRoot(); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if err := s.scan(); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		s.finish()
		if got := string(s.digest.xml); got != c.want {
			t.Errorf("%s: digest of\n%s\ngot\n%s\nwant\n%s", c.name, c.in, got, c.want)
		}
	}
}

func TestKnownItemsAreNotInTheDigest(t *testing.T) {
	body := []byte(`<rss><channel><item><title>One</title></item><item><title>Two</title></item></channel></rss>`)
	doc, err := Read(body, Hints{})
	if err != nil {
		t.Fatal(err)
	}
	s := new(scanner)
	s.reset(body)
	s.known = func(rawHash uint64) bool { return rawHash == doc.Items[0].RawHash }
	if err := s.findRoot(); err != nil {
		t.Fatal(err)
	}
	if err := s.scan(); err != nil {
		t.Fatal(err)
	}
	s.finish()
	if got, want := string(s.digest.xml), "<rss><channel><item><title>Two</title></item></channel></rss>"; got != want {
		t.Errorf("digest %s, want %s", got, want)
	}
}
