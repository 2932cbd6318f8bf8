package main

import (
	"bufio"
	"context"
	"io"
	"testing"
)

// fold writes each line as it reads, and ends when it is interrupted.
func TestFoldStopsOnCancel(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	in, feed := io.Pipe()
	answers, out := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, []string{"fold"}, in, out, io.Discard) }()
	if _, err := io.WriteString(feed, "id\ttitle\na\tFed raises rates again\n"); err != nil {
		t.Fatal(err)
	}
	read := bufio.NewScanner(answers)
	for range 2 {
		if !read.Scan() {
			t.Fatal("no answer while the input is open")
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("fold, interrupted: %v", err)
	}
	if err := feed.Close(); err != nil {
		t.Error(err)
	}
}
