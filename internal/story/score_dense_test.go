package story_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/slugline/slugline/internal/story"
)

// TestLongListsAreCheap checks that headlines that are one long list cost little, although
// they are like each other.
func TestLongListsAreCheap(t *testing.T) {
	const most = 2000 // allocations
	for _, sign := range [...]string{"和", "·", " 和 "} {
		got := testing.AllocsPerRun(1, func() {
			f := story.New()
			for i := range 5 {
				text := "中国警察" + string(rune(0x4e00+i)) + "逮捕日本大臣東京都庁前広場集会" + strings.Repeat(sign+"国民生活", 60)
				f.Judge(story.Headline{Entry: strconv.Itoa(i), Seq: uint64(i), Text: text, Language: "zh", At: noon})
			}
		})
		if got > most {
			t.Errorf("lists with %q take %.0f allocations, at most %d are allowed", sign, got, most)
		}
	}
}
