package reply

import (
	"encoding/json"
	"errors"
	"net/http"
)

// JSON writes v as one line of JSON. The reader may be gone; there is nobody to
// tell.
func JSON(w http.ResponseWriter, status int, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return errors.Join(errors.New("write answer"), err)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n'))
	return nil
}
