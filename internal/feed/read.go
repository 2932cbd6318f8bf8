package feed

// Read reads a feed document. An error is a *Problem: the document is at fault.
func Read(body []byte, h Hints) (*Document, error) {
	return nil, &Problem{Text: "not read"}
}

// Links finds the feeds that a web page at base offers, in the page's order.
func Links(page []byte, base string) []Link { return nil }
