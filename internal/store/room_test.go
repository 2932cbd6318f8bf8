package store

import "testing"

// A file has room until it has grown by 256 MB, or is near the end of its map.
func TestRoomBeside(t *testing.T) {
	const mb, gb = 1 << 20, 1 << 30
	for _, tt := range []struct {
		name                string
		opened, began, size int64
		want                bool
	}{
		{"a small file", 10 * mb, 20 * mb, 24 * mb, true},
		{"one that has grown", 10 * mb, 20 * mb, 276 * mb, false},
		{"one that fills the map", 10 * mb, 1900 * mb, 1930 * mb, false},
		{"one that has outgrown it", 10 * mb, 2200 * mb, 2240 * mb, true},
		{"a large file", 12 * gb, 12 * gb, 12*gb + 200*mb, true},
		{"a large file of a whole number of GB", 12 * gb, 13*gb - 200*mb, 13*gb - 100*mb, false},
	} {
		if got := hasRoom(tt.began, tt.size, int64(mapFor(tt.opened))); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}
