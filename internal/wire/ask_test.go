package wire_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

// A question is answered by the node that can; without one the error comes at the end of ctx,
// or at once when nobody listens.
func TestAsk(t *testing.T) {
	w := openOne(t)
	ask := func(within time.Duration, question string) (string, error) {
		ctx, cancel := context.WithTimeout(t.Context(), within)
		defer cancel()
		b, err := w.Ask(ctx, "wire.test.p07", []byte(question))
		return string(b), err
	}
	if _, err := ask(time.Minute, "anybody"); err == nil || t.Context().Err() != nil {
		t.Errorf("nobody listens: %v", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended, told := make(chan error, 2), make(chan string, 1)
	go func() {
		ended <- w.Answer(ctx, "wire.test.*", func(subject string, q []byte) []byte {
			switch string(q) {
			case "told":
				told <- subject
			case "do you listen?":
				return []byte("yes")
			}
			return nil // it is not this one's
		})
	}()
	go func() {
		ended <- w.Answer(ctx, "wire.test.*", func(subject string, q []byte) []byte {
			if string(q) != "a" {
				return nil
			}
			return []byte(strings.ToUpper(string(q)) + " " + subject)
		})
	}()
	for question, want := range map[string]string{"a": "A wire.test.p07", "do you listen?": "yes"} {
		got, err := ask(time.Second, question)
		for began := time.Now(); err != nil && time.Since(began) < awaits; { // until both listen
			got, err = ask(time.Second, question)
		}
		if got != want || err != nil {
			t.Errorf("%q is answered with %q, %v", question, got, err)
		}
	}
	if _, err := ask(100*time.Millisecond, "silence"); err == nil {
		t.Error("no answer is no error")
	}
	if err := w.Tell("wire.test.p08", []byte("told")); err != nil {
		t.Error(err)
	}
	if got := <-told; got != "wire.test.p08" {
		t.Errorf("told %q", got)
	}
	stop()
	for range 2 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// A question whose answer takes a while does not hold up the next one. When listening ends,
// whoever asks is told at once that nobody answers.
func TestAnswerLater(t *testing.T) {
	w := openOne(t)
	ctx, stop := context.WithCancel(t.Context())
	ended, asked := make(chan error, 1), make(chan func([]byte), 1)
	go func() {
		ended <- w.AnswerLater(ctx, "wire.test.p09", func(_ string, q []byte, answer func([]byte)) {
			if string(q) == "slow" {
				asked <- answer
				return
			}
			answer(q)
		})
	}()
	limited, cancel := context.WithTimeout(t.Context(), awaits)
	defer cancel()
	ask := func(question string) (string, error) {
		b, err := w.Ask(limited, "wire.test.p09", []byte(question))
		return string(b), err
	}
	for _, err := ask("listens"); err != nil; _, err = ask("listens") {
		if limited.Err() != nil {
			t.Fatal(err)
		}
	}
	slow := make(chan string, 1)
	go func() {
		b, err := ask("slow")
		slow <- fmt.Sprint(b, err)
	}()
	answer := <-asked
	if got, err := ask("quick"); got != "quick" || err != nil {
		t.Errorf("behind a slow question: %q, %v", got, err)
	}
	answer([]byte("done"))
	if got := <-slow; got != "done<nil>" {
		t.Errorf("the slow question: %s", got)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if _, err := ask("anybody"); err == nil || limited.Err() != nil {
		t.Errorf("nobody listens: %v", err)
	}
}
