package story_test

import (
	"testing"

	"github.com/slugline/slugline/internal/story"
)

func TestCorrection(t *testing.T) {
	for _, c := range []struct {
		headline string
		want     bool
	}{
		{"CORRECTED-Ferry sinks off Marseille", true},
		{"UPDATE 2-CORRECTED-Ferry sinks off Marseille", true},
		{"Ferry sinks off Marseille (Corrected)", true},
		{"[CORRECTION] Ferry sinks off Marseille", true},
		{"تصحيح: غرق عبارة قبالة مرسيليا", true},
		{"УТОЧНЕНИЕ: Паром затонул у Марселя", true},
		{"Korrektur: Fähre vor Marseille gesunken", true},
		{"【更正】渡轮在马赛沉没", true},
		{"Clarification: Ferry sinks off Marseille", true},
		{"(CORRIGÉ) Un ferry coule au large de Marseille", true},
		{"Richtigstellung: Fähre vor Marseille gesunken", true},
		{"Fe de errata: Naufraga un ferri frente a Marsella", true},
		{"ERRATA CORRIGE - Traghetto affonda al largo di Marsiglia", true},
		{"ПОПРАВКА: Паром затонул у Марселя", true},
		{"ВИПРАВЛЕНО: Пором затонув біля Марселя", true},
		{"תיקון: מעבורת טבעה מול מרסיי", true},
		{"[修正] フェリーがマルセイユ沖で沈没", true},
		{"정정보도: 마르세유 앞바다서 여객선 침몰", true},
		{"REFILE-Ferry sinks off Marseille", false},
		{"Correction in tech stocks deepens", false},
		{"Market correction: what to know", false},
		{"Ferry sinks off Marseille (video)", false},
		{"CORRECTED-", false},
		{"", false},
	} {
		if got := story.IsCorrection(c.headline); got != c.want {
			t.Errorf("IsCorrection(%q) = %v, want %v", c.headline, got, c.want)
		}
	}
}

func TestCorrectedHeadline(t *testing.T) {
	for in, want := range map[string]string{
		"CORRECTED-Council sells three barges to Sundvik":    "Council sells three barges to Sundvik",
		"UPDATE 2-CORRECTED-Ferry sinks off Marseille":       "Ferry sinks off Marseille",
		"Ferry sinks off Marseille (Corrected)":              "Ferry sinks off Marseille",
		"[CORRECTION] Ferry sinks: 2-day search begins":      "Ferry sinks: 2-day search begins",
		"تصحيح: غرق عبارة قبالة مرسيليا":                     "غرق عبارة قبالة مرسيليا",
		"УТОЧНЕНИЕ — Паром затонул у Марселя":                "Паром затонул у Марселя",
		"【更正】渡轮在马赛沉没":                                        "渡轮在马赛沉没",
		"更正：渡轮在马赛沉没":                                         "渡轮在马赛沉没",
		"Market correction: what to know":                    "Market correction: what to know",
		"Korrektur: Fähre vor Marseille gesunken - mit Bild": "Fähre vor Marseille gesunken - mit Bild",
		"": "",
	} {
		if got := story.CorrectedHeadline(in); got != want {
			t.Errorf("CorrectedHeadline(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestContradicts(t *testing.T) {
	for _, c := range []struct {
		lang, old, edited string
		want              bool
	}{
		{"en", "Central bank raises key rate to five percent", "Central bank cuts key rate to five percent", true},
		{"en", "Lyon beat Nantes 2-1", "Nantes beat Lyon 2-1", true},
		{"en", "Iran accuses Israel of attack on ship", "Israel accuses Iran of attack on ship", true},
		{"en", "Parliament votes for budget of Sundvik", "Parliament votes against budget of Sundvik", true},
		{"de", "Bayern schlägt Dortmund 2:1", "Dortmund schlägt Bayern 2:1", true},
		{"ru", "Спартак обыграл Зенит", "Зенит обыграл Спартак", true},
		{"ja", "川崎が横浜に3―1で勝利", "横浜が川崎に3―1で勝利", true},
		{"en", "Chimney falls over at the old brewery", "Chimney falls over at the old brewery, nobody hurt", false},
		{"en", "Two dead in Valdora train crash", "Five dead in Valdora train crash", false},
		{"en", "Lyon and Nantes draw 1-1", "Nantes and Lyon draw 1-1", false},
		{"en", "Miners to strike at Sundvik pit", "Miners strike at Sundvik pit", false},
		{"en", "Miners strike at Sundvik pit", "Miners end strike at Sundvik pit", false},
		{"", "", "Two dead", false},
		{"", "Ferry sinks", "Ferry sinks", false},
	} {
		if got := story.New().Contradicts(c.old, c.edited, c.lang); got != c.want {
			t.Errorf("%s: Contradicts(%q, %q) = %v", c.lang, c.old, c.edited, got)
		}
	}
}
