package news

// WirePosition says how far a node has applied the log that several nodes share.
type WirePosition struct {
	Stream string `json:"stream"` // which log; another one of the same name has another identity
	Seq    uint64 `json:"seq"`    // of the last message that was applied; 0: none
	ID     string `json:"id"`     // of that message, a record's ID
	Chain  string `json:"chain"`  // hash of the IDs of all messages up to it, in order
}
