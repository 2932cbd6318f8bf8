package story_test

import (
	"testing"

	"github.com/slugline/slugline/internal/story"
)

func TestKills(t *testing.T) {
	for _, c := range []struct {
		headline string
		kill     bool
		of       string
	}{
		{"KILL: Ferry sinks off the coast", true, "Ferry sinks off the coast"},
		{"MANDATORY KILL - Ferry sinks", true, "Ferry sinks"},
		{"BC-ME Ferry, KILL: Ferry sinks", true, "Ferry sinks"},
		{"[WITHDRAWN] - Ferry sinks", true, "Ferry sinks"},
		{"(KILL) Ferry sinks", true, "Ferry sinks"},
		{"WITHDRAWN - Ferry sinks", true, "Ferry sinks"},
		{"Ferry sinks off the coast (withdrawn)", true, "Ferry sinks off the coast"},
		{"Ferry sinks off the coast - STORY WITHDRAWN", true, "Ferry sinks off the coast"},
		{"EDITORS: the story on the ferry has been withdrawn", true, ""},
		{"Retraction: Ferry sinks", true, "Ferry sinks"},
		{"ANNULATION: Un ferry coule", true, "Un ferry coule"},
		{"Attention: dépêche sur le ferry annulée", true, ""},
		{"ANULADA: Se hunde un ferry", true, "Se hunde un ferry"},
		{"ACHTUNG: Meldung wird zurückgezogen", true, ""},
		{"Zurückgezogen: Fähre gesunken", true, "Fähre gesunken"},
		{"ОТМЕНА: Затонул паром", true, "Затонул паром"},
		{"إلغاء خبر: غرق عبارة", true, "غرق عبارة"},
		{"الغاء الخبر - غرق عبارة", true, "غرق عبارة"},
		{"撤稿：渡轮沉没", true, "渡轮沉没"},
		{"【取り消し】フェリー沈没", true, "フェリー沈没"},
		{"CANCELADA: Se hunde un ferry", true, "Se hunde un ferry"},
		{"ANNULLATO: Affonda un traghetto", true, "Affonda un traghetto"},
		{"İptal: Feribot battı", true, "Feribot battı"},
		{"HABER İPTALİ - Feribot battı", true, "Feribot battı"},
		{"KILL KILL KILL - Ferry sinks", true, "Ferry sinks"},
		{"KILL KILL KILL", true, ""},
		{"BULLETIN KILL", true, ""},
		{"Kill notice: Ferry sinks", true, "Ferry sinks"},
		{"Eilmeldung zurückgezogen: Fähre gesunken", true, "Fähre gesunken"},
		{"ZURÜCKZIEHUNG - Fähre gesunken", true, "Fähre gesunken"},
		{"NOTÍCIA ANULADA: Balsa afunda", true, "Balsa afunda"},
		{"Notizia annullata: Affonda un traghetto", true, "Affonda un traghetto"},
		{"Відкликано: Затонув пором", true, "Затонув пором"},
		{"Анульовано - Затонув пором", true, "Затонув пором"},
		{"הידיעה בוטלה: מעבורת טבעה", true, "מעבורת טבעה"},
		{"【配信取り消し】フェリー沈没", true, "フェリー沈没"},
		{"Iptal: Feribot battı", true, "Feribot battı"},
		{"СНЯТО С ЛЕНТЫ: Затонул паром", true, "Затонул паром"},
		{"АННУЛИРОВАНО: Затонул паром", true, "Затонул паром"},
		{"Сообщение о пароме отозвано", true, ""},
		{"سحب الخبر: غرق عبارة", true, "غرق عبارة"},
		{"حذف خبر: غرق عبارة", true, "غرق عبارة"},
		{"لغو خبر: غرق عبارة", true, "غرق عبارة"},
		{"毙稿：渡轮沉没", true, "渡轮沉没"},
		{"기사 취소: 여객선 침몰", true, "여객선 침몰"},
		{"기사삭제: 여객선 침몰", true, "여객선 침몰"},

		{"Kill Bill returns to cinemas", false, ""},
		{"Kill switch: how phones are disabled", false, ""},
		{"Kill kill kill, he said: the trial of a gangster", false, ""},
		{"Посла відкликано до Києва", false, ""},
		{"ביטול הטיסות לישראל", false, ""},
		{"Bill withdrawn from parliament", false, ""},
		{"Troops withdrawn from border town", false, ""},
		{"Editors' choice: the ten best films", false, ""},
		{"ANNULE ET REMPLACE: Un ferry coule", false, ""},
		{"Annulation du festival de Cannes", false, ""},
		{"Отмена крепостного права: юбилей", false, ""},
		{"إلغاء رحلات جوية بسبب العاصفة", false, ""},
		{"撤回法案引发抗议", false, ""},
		{"CORRECTED: Ferry sinks", false, ""},
		{"", false, ""},
	} {
		if got := story.IsKill(c.headline); got != c.kill {
			t.Errorf("IsKill(%q) = %v, want %v", c.headline, got, c.kill)
		}
		if !c.kill {
			continue
		}
		if got := story.KilledHeadline(c.headline); got != c.of {
			t.Errorf("KilledHeadline(%q) = %q, want %q", c.headline, got, c.of)
		}
	}
}
