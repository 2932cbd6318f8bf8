package reply

import (
	"errors"
	"net/http"
)

// LimitBody bounds the body of a request before anything reads it. A body that says that
// it is longer is refused unread. So is, when a handler reads that far, one that turns out
// to be; BodyFault makes the error of that.
func LimitBody(w http.ResponseWriter, r *http.Request, most int64) error {
	if r.ContentLength > most {
		w.Header().Set("Connection", "close") // the rest of the body is not worth reading
		return FaultWithCode(BodyTooLong)
	}
	if r.ContentLength != 0 {
		r.Body = http.MaxBytesReader(w, r.Body, most)
	}
	return nil
}

// BodyFault returns the fault of a body that could not be read: 413 if it is too long, else
// 400 with a text of the newsroom.
func BodyFault(err error, format string, args ...any) *Fault {
	if IsTooLong(err) {
		return FaultWithCode(BodyTooLong)
	}
	return Faultf(http.StatusBadRequest, format, args...)
}

// IsTooLong tells whether a body could not be read because it is longer than LimitBody
// allows.
func IsTooLong(err error) bool {
	var long *http.MaxBytesError
	return errors.As(err, &long)
}
