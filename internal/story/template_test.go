package story

import (
	"testing"

	"github.com/slugline/slugline/internal/words"
)

func TestSwapOf(t *testing.T) {
	for _, tc := range []struct {
		a, b string
		want Swap
	}{
		{"Weather for the week in Salis", "Weather for the week in Norvik", WordSwap},
		{"حالة الجو في نورفيك", "حالة الجو في ساليس", WordSwap},
		{"休館のお知らせ（東館）", "休館のお知らせ（中央館）", WordSwap},
		{"桂林周末天气预报", "洛阳周末天气预报", WordSwap},
		{"Verspätung auf der Linie S4", "Verspätung auf der Linie S6", WordSwap},
		{"Norvik saga, part 1", "Norvik saga, part 2", PartSwap},
		{"Norvik saga", "Norvik saga, part two", PartSwap},
		{"Norvik saga, part II", "Norvik saga, part III", PartSwap},
		{"Die Fahrt, Folge 11", "Die Fahrt, Folge 12", PartSwap},
		{"Two dead in Valdora fire", "Five dead in Valdora fire", NoSwap},
		{"מפולת בהר: שני נעדרים", "מפולת בהר: חמישה נעדרים", NoSwap},
		{"Crown rises", "Crown falls", NoSwap},
		{"Crane falls at pier", "Crane falls at pier, nobody hurt", NoSwap},
		{"", "Crane falls", NoSwap},
	} {
		for _, pair := range [2][2]string{{tc.a, tc.b}, {tc.b, tc.a}} {
			if got := SwapOf(pair[0], pair[1]); got != tc.want {
				t.Errorf("SwapOf(%q, %q) = %d, want %d", pair[0], pair[1], got, tc.want)
			}
		}
	}
}

func TestHeadlinesWithoutSubject(t *testing.T) {
	for headline, want := range map[string]bool{
		"KW 12": true, "Newsletter 7": true, "Links for 2026-03-02": true, "Changelog 4.1": true, "Freitag, 6. März": true,
		"3月6日(金)": true, "الجمعة 6 مارس": true, "جمعه ۱۵ آذر": true, "Бюллетень 12": true, "Jornada 12": true,
		"Anchor 4.1": false, "Storm: 12 dead": false, "KW 12: Streik": false, "第12届运动会": false,
	} {
		if got := isBare(words.Fold(headline)); got != want {
			t.Errorf("isBare(%q) = %v, want %v", headline, got, want)
		}
	}
}
