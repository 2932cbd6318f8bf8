package story

import (
	"strings"

	"github.com/slugline/slugline/internal/words"
)

// wireTags are what wires and sites put before a headline and a colon, a bar or
// a dash: it says how the text comes, never what it says.
var wireTags = keysOf(`
	update; updated; breaking; breaking news; just in; live; live updates; watch live; live blog; exclusive; urgent; alert;
	news alert; flash; newsflash; snap; bulletin; advisory; corrected; correction; corrects; refile; wrapup; wrap; kill;
	withdrawn; withdrawal; recast; recasts; rpt; repeat; clarification; developing; video; watch; photos; in pictures;
	factbox; timeline; instant view; newsmaker; media; breakingviews; highlights; latest; the latest; first; top news;
	عاجل; خاص; حصري; حصريا; فوري; بالفيديو; بالصور; فيديو; صور; شاهد; مباشر; بث مباشر; تحديث; تصحيح; عاجل الان; خبر عاجل;
	الغاء; سحب;
	срочно; молния; видео; фото; эксклюзив; обновлено; уточнение; обновление; опровержение; прямая трансляция; онлайн;
	urgent; alerte; alerte info; dernière minute; en direct; direct; exclusif; vidéo; flash info; mise à jour; rectificatif;
	eilmeldung; eil; liveticker; live-ticker; exklusiv; aktualisiert; korrektur; berichtigung; video; zusammenfassung;
	última hora; urgente; en vivo; en directo; exclusiva; actualización; vídeo; corrección; directo;
	ultim'ora; esclusiva; diretta; aggiornamento; correzione; ao vivo; exclusivo; atualização; agora;
	son dakika; canlı; özel; flaş; فوری; خبر فوری; ویدیو;
	速報; 号外; 動画; 更新; 快讯; 快訊; 突发; 突發; 最新; 独家; 獨家; 视频; 影片; 直播; 更正; 訂正;
	속보; 단독; 종합; 영상; 긴급; 정정`)

// mediaTags are what stands in brackets behind a headline.
var mediaTags = keysOf(`
	video; videos; photo; photos; pictures; pics; audio; live; update; updated; updates; watch; gallery; graphic; infographic;
	exclusive; podcast; with video; corrected; correction; فيديو; صور; بالفيديو; بالصور; видео; фото; фото и видео; аудио; обновлено;
	vidéo; photos et vidéo; vídeo; fotos; foto; bilder; mit video; 動画; 動画あり; 写真; 視頻; 视频; 图; 圖; 组图; 영상; 사진; 종합`)

func keysOf(list string) map[string]bool {
	out := map[string]bool{}
	for t := range strings.SplitSeq(list, ";") {
		out[words.Key(t)] = true
	}
	return out
}

// isWireTag says that a folded text is a wire tag, with or without the number of
// its take: update 2.
func isWireTag(s string) bool {
	s = strings.TrimRight(s, " 0123456789")
	return s != "" && len(s) <= 4*maxBracket && wireTags[words.Key(s)]
}

// attributions are who a headline is according to, before or behind a colon or a dash:
// what it says is the same without them.
var attributions = keysOf(`
	report; reports; source; sources; official; officials; police; cops; sheriff; coroner; lawyer; lawyers; attorney; prosecutor; prosecutors;
	activist; activists; witness; witnesses; monitor; monitors; medics; doctors; expert; experts; analyst; analysts; study; survey; poll;
	statement; spokesman; spokeswoman; aide; minister; ministry; army; military; government; govt; authorities; media; state media; state tv;
	state television; tv; papers; paper; agency; ngo; un; usgs; us geological survey; cnn; bbc; reuters; ap; afp; wsj; nyt; xinhua; tass; dpa; reuters poll;
	analysis; opinion; comment; in video; news summary; interview; in brief; q&a; explainer; as it happened; press release; trial; court;
	مصدر; مصادر; تقرير; تقارير; دراسة; خبراء; محللون; نشطاء; ناشطون; شهود; شهود عيان; الشرطة; الجيش; مسؤول; مسؤولون; مصدر امني; مصادر امنية; صحيفة; صحف; وكالة; استطلاع; بيان;
	источник; источники; сми; эксперт; эксперты; полиция; мвд; мчс; минобороны; опрос; исследование; власти; очевидцы; тасс; интерфакс; риа новости;
	source; sources; police; médias; presse; étude; sondage; enquête; experts; justice; rapport; témoins; gouvernement; afp;
	bericht; berichte; medien; medienbericht; medienberichte; studie; umfrage; polizei; experten; kreise; insider; sprecher; ministerium; dpa;
	fuente; fuentes; policía; medios; estudio; encuesta; expertos; gobierno; informe; testigos; efe;
	fonti; polizia; studio; sondaggio; media; ansa; fontes; polícia; estudo; pesquisa; kaynak; kaynaklar; polis; araştırma;
	消息; 报道; 報道; 專家; 专家; 警方; 调查; 調查; 警察; 調査; 研究; 소식통; 경찰; 보도; 조사`)
