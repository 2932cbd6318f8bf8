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
		{"STORY REMOVED: Ferry sinks", true, "Ferry sinks"},
		{"Ferry sinks (story removed)", true, "Ferry sinks"},
		{"ADVISORY KILL", true, ""},
		{"Kill advisory", true, ""},
		{"BC-ME-Ferry, KILL", true, ""},
		{"*** KILL *** Ferry sinks", true, "Ferry sinks"},
		{"KILL, KILL, KILL: Ferry sinks", true, "Ferry sinks"},
		{"PLEASE DISREGARD EARLIER STORY: Ferry sinks", true, "Ferry sinks"},
		{"This story has been withdrawn.", true, ""},
		{"(ANNULÉE) Un ferry coule", true, "Un ferry coule"},
		{"Un ferry coule (dépêche annulée)", true, "Un ferry coule"},
		{"AVIS D’ANNULATION - Un ferry coule", true, "Un ferry coule"},
		{"ANULACION: Se hunde un ferry", true, "Se hunde un ferry"},
		{"Información retirada: Se hunde un ferry", true, "Se hunde un ferry"},
		{"ANULAÇÃO: Balsa afunda", true, "Balsa afunda"},
		{"Matéria retirada do ar: Balsa afunda", true, "Balsa afunda"},
		{"+++ ANNULLARE +++ Affonda un traghetto", true, "Affonda un traghetto"},
		{"Notizia ritirata: Affonda un traghetto", true, "Affonda un traghetto"},
		{"+++ ZURÜCKGEZOGEN +++ Fähre gesunken", true, "Fähre gesunken"},
		{"ZURUECKGEZOGEN: Fähre gesunken", true, "Fähre gesunken"},
		{"Achtung: Bericht zurückgezogen: Fähre gesunken", true, "Fähre gesunken"},
		{"ВНИМАНИЕ! Новость отозвана: Затонул паром", true, "Затонул паром"},
		{"تنويه: سحب خبر: غرق عبارة", true, "غرق عبارة"},
		{"Achtung: Der Minister zieht zurück", false, ""},
		{"Attention: withdrawal of old banknotes", false, ""},
		{"(Achtung: Zurückziehung) Fähre gesunken", true, "Fähre gesunken"},
		{"Bitte nicht verwenden: Fähre gesunken", true, "Fähre gesunken"},
		{"Artikel gelöscht: Fähre gesunken", true, "Fähre gesunken"},
		{"АННУЛИРУЕТСЯ: Затонул паром", true, "Затонул паром"},
		{"Новость удалена: Затонул паром", true, "Затонул паром"},
		{"Просьба аннулировать: Затонул паром", true, "Затонул паром"},
		{"Новину видалено: Затонув пором", true, "Затонув пором"},
		{"خبر ملغى: غرق عبارة", true, "غرق عبارة"},
		{"(ملغى) غرق عبارة", true, "غرق عبارة"},
		{"این خبر حذف شد: غرق کشتی", true, "غرق کشتی"},
		{"הידיעה הוסרה: מעבורת טבעה", true, "מעבורת טבעה"},
		{"HABER İPTAL - Feribot battı", true, "Feribot battı"},
		{"İPTAL HABERİ: Feribot battı", true, "Feribot battı"},
		{"Haber geri çekildi: Feribot battı", true, "Feribot battı"},
		{"（撤稿）渡轮沉没", true, "渡轮沉没"},
		{"撤稿通知：渡轮沉没", true, "渡轮沉没"},
		{"稿件撤销：渡轮沉没", true, "渡轮沉没"},
		{"【取消】フェリー沈没", true, "フェリー沈没"},
		{"記事削除：フェリー沈没", true, "フェリー沈没"},
		{"[전문취소] 여객선 침몰", true, "여객선 침몰"},

		{"Kill Bill returns to cinemas", false, ""},
		{"Killed for a phone: the trial begins", false, ""},
		{"Road kill: what drivers must do", false, ""},
		{"Statue removed: what stands there now", false, ""},
		{"Disregard for rules costs lives", false, ""},
		{"Retirada de tropas: los plazos", false, ""},
		{"Storno der Buchung: was gilt", false, ""},
		{"Снят с поста: кто заменит министра", false, ""},
		{"Удалена опухоль весом семь килограммов", false, ""},
		{"حذف الأصفار من العملة", false, ""},
		{"Uçuşlar iptal: yolcular bekliyor", false, ""},
		{"取り消し処分は違法と判断", false, ""},
		{"撤销处分的决定公布", false, ""},
		{"삭제된 기록 복원", false, ""},
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

// What no report is headed with is a kill even if it withdraws nothing.
func TestSureKills(t *testing.T) {
	for headline, want := range map[string]bool{
		"KILL: Ferry sinks": true, "BULLETIN KILL": true, "KILL": true, "(KILL) Ferry sinks": true, "Ferry sinks (withdrawn)": true,
		"Story removed: Ferry sinks": true, "Dépêche annulée: Un ferry coule": true, "Meldung zurückgezogen: Fähre gesunken": true,
		"إلغاء خبر: غرق عبارة": true, "HABER İPTALİ - Feribot battı": true, "撤稿：渡轮沉没": true, "기사 취소: 여객선 침몰": true,
		"CANCELADO: el concierto de la plaza": false, "İPTAL: Limandaki konser": false, "ОТМЕНА: рейсы в Осло": false,
		"Withdrawal: what it does to the body": false, "ANNULÉ : concert de Noël": false, "Ferry sinks": false,
	} {
		if got := story.IsSureKill(headline); got != want {
			t.Errorf("IsSureKill(%q) = %v, want %v", headline, got, want)
		}
	}
}
