package story_test

import (
	"fmt"
	"testing"

	"github.com/slugline/slugline/internal/story"
)

// subjects reads two headlines in a language among others in it.
func subjects(language, a, b string, others ...string) *story.Subjects {
	var all []story.Headline
	var events []string
	for i, text := range append([]string{a, b}, others...) {
		all = append(all, story.Headline{Text: text, Language: language, Publishers: []string{"Gulf Wire"}})
		events = append(events, fmt.Sprint(i))
	}
	return story.NewSubjects(all, events)
}

// Headlines are on one subject if they share two rare words, in any language.
func TestSubjectsShared(t *testing.T) {
	for _, c := range []struct{ language, a, b string }{
		{"en", "Strong quake shakes Lima, schools close", "Lima counts the damage of Tuesday's quake epicentre"},
		{"en", "Zero-day in Kestrel routers exploited", "Kestrel patches its routers"},
		{"de", "Erdbeben erschüttert Valparaíso", "Valparaíso zählt nach dem Erdbeben die Schäden"},
		{"fr", "Un séisme secoue Valparaiso", "Valparaiso compte les dégâts du séisme"},
		{"es", "Un terremoto sacude Arequipa", "Arequipa evalúa los daños del terremoto"},
		{"ru", "Землетрясение разрушило школу в Арекипе", "Арекипа оценивает ущерб от землетрясения"},
		{"uk", "Землетрус зруйнував школу в Арекіпі", "Арекіпа рахує збитки від землетрусу"},
		{"ar", "زلزال قوي يضرب أريكيبا", "أريكيبا تحصي أضرار الزلزال"},
		{"fa", "زلزله شدید آرکیپا را لرزاند", "آرکیپا خسارت زلزله را برآورد می\u200cکند"},
		{"he", "רעידה חזקה בארקיפה", "ארקיפה מונה את נזקי הרעידה"},
		{"tr", "Arequipa'da bir kimyager kayboldu", "Kimyagerin izi Arequipa'da bulundu"},
		{"zh", "阿雷基帕发生强烈地震", "地震后阿雷基帕清点损失"},
		{"ja", "アレキパで強い地震、学校が休校", "地震の被害を調べるアレキパ"},
		{"ko", "아레키파에서 강한 지진 발생", "지진 피해 집계하는 아레키파"},
	} {
		if n := subjects(c.language, c.a, c.b).Shared(0, 1); n < 2 {
			t.Errorf("%s: %q and %q share %d rare words, want 2", c.language, c.a, c.b, n)
		}
	}
}

// Function words, numbers, routine words, common words, names of outlets and the words of
// the topic make no subject; nor does one name, of however many words or characters.
func TestSubjectsNotShared(t *testing.T) {
	games := make([]string, 0, 60)
	for i := range 60 {
		games = append(games, fmt.Sprintf("Olympic village in Varanda, day %d: team %c arrives", i, 'a'+i%26))
	}
	for _, c := range []struct {
		name, language, a, b string
		others               []string
	}{
		{"function words", "en", "What they said about it", "This is what they said to her", nil},
		{"numbers", "en", "Bus crash kills 14, hurts 27", "Party wins 14 of 27 seats", nil},
		{"common words", "en", "President makes a surprising move", "The only logical move for the president", nil},
		{"common words", "de", "Regierung will neue Steuer", "Neue Regierung ohne Mehrheit", nil},
		{"common words", "ar", "الحكومة تعلن خطة جديدة", "خطة الحكومة الجديدة أمام البرلمان", nil},
		{"common words", "ru", "Правительство представило новый план", "Новый план правительства раскритиковали", nil},
		{"common words", "zh", "政府宣布新计划", "新计划获政府批准", nil},
		{"routine words", "en", "Morning briefing: harbour edition", "Morning briefing: copper edition", nil},
		{"the outlet", "en", "Ferry late | Gulf Wire", "Copper dear | Gulf Wire", nil},
		{"one word", "en", "Kestrel opens a hospital", "Trial of Kestrel begins", nil},
		{"a name of two words", "en", "Odalen Marrat opens a hospital", "Trial of Odalen Marrat begins", nil},
		{"a name of three characters", "zh", "王晓峰出席开幕式", "法院审理王晓峰案", nil},
		{"a name of four characters", "zh", "泽连斯基访问巴黎", "法院收到泽连斯基来信", nil},
		{"a name of six characters", "ja", "ロサンゼルスで火災", "映画祭がロサンゼルスで開幕", nil},
		{"a name with particles", "ko", "아레키파에서 영화제", "법원, 아레키파의 소송 기각", nil},
		{"two syllables", "vi", "Bác sỹ Nadal thắng kiện", "Bác sỹ quên dao mổ", nil},
		{"the topic's words", "en", "Olympic flag raised in Varanda", "Olympic songs heard in Varanda", games},
	} {
		if n := subjects(c.language, c.a, c.b, c.others...).Shared(0, 1); n != 0 {
			t.Errorf("%s: %q and %q share %d rare words, want none", c.name, c.a, c.b, n)
		}
	}
}

// In a language of which nobody knows the common words, a few headlines don't tell which
// words are rare: they must share three, or a name.
func TestSubjectsOfAnUnknownLanguage(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"dolva merin tasko lumet", "sarik dolva pentu merin", 0},
		{"dolva merin tasko lumet", "sarik dolva pentu merin kel tasko", 3},
		{"dolva merin Kestrel lumet", "sarik dolva pentu Kestrel", 2},
	} {
		if n := subjects("eo", c.a, c.b).Shared(0, 1); n != c.want {
			t.Errorf("%q and %q share %d rare words, want %d", c.a, c.b, n, c.want)
		}
	}
}

// The words of an event are no more common because many outlets have it.
func TestSubjectsCountEventsOnce(t *testing.T) {
	all := []story.Headline{{Text: "Trial over the sinking of the Marigold begins in Odalen", Language: "en"}}
	events := []string{"trial"}
	for i := range 40 {
		all = append(all, story.Headline{Text: fmt.Sprintf("Marigold sinks off Odalen: report %c", 'a'+i%26), Language: "en"})
		events = append(events, "ferry")
	}
	if n := story.NewSubjects(all, events).Shared(0, 1); n < 2 {
		t.Errorf("the trial and the ferry share %d rare words, want 2", n)
	}
}

func FuzzSubjects(f *testing.F) {
	f.Add("Strong quake shakes Lima", "Lima counts the damage of the quake", "en")
	f.Add("王晓峰出席开幕式", "法院审理王晓峰案", "zh")
	f.Add("アレキパで強い地震", "地震の被害", "ja")
	f.Add("زلزال قوي يضرب أريكيبا", "أريكيبا تحصي أضرار الزلزال", "ar")
	f.Fuzz(func(t *testing.T, a, b, language string) {
		s := subjects(language, a, b)
		if n := s.Shared(0, 1); n < 0 || n == 1 {
			t.Errorf("%d shared words", n)
		}
	})
}
