package reply

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// JSON writes v as one line of JSON. It returns an error only when v can't be encoded; a
// client that closed the connection is ignored.
func JSON(w http.ResponseWriter, status int, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n'))
	return nil
}
