package news

import (
	"slices"
	"time"
)

// SentTwiceWithin is the time within which the same person sends the same story to the same
// target once: a second click does nothing.
const SentTwiceWithin = 10 * time.Second

// SameSend returns which of some orders, the newest first, sent the same story to the same
// target for the same person a moment before a time; nil: none did.
func SameSend(newest []*Record, o *Order, at time.Time) *Record {
	for _, r := range newest {
		if at.Sub(r.At) >= SentTwiceWithin {
			return nil
		}
		same := r.Order.Verb == "send" && r.Order.Who == o.Who && r.Order.Undone == 0 && len(r.Order.Args) > 1 && slices.Equal(r.Order.Args[:2], o.Args[:2])
		if same {
			return r
		}
	}
	return nil
}
