package news

import "strings"

// agencies are the news agencies, and the services that spread press releases, whose
// reprints count as one voice: id, own domains, and the names in credits, in lower case.
// They do not include a name that is also a common word or the abbreviation of something
// else. Credits in headlines are found by the same names.
var agencies = []struct{ id, domains, names string }{
	{"aa", "aa.com.tr", "anadolu|anadolu agency|anadolu ajansı|aa|الأناضول|وكالة الأناضول|آناتولی|خبرگزاری آناتولی|阿纳多卢通讯社|アナドル通信"},
	{"adnkronos", "adnkronos.com", "adnkronos"},
	{"afp", "afp.com france24afp.com", "afp|agence france-presse|agence france presse|أ ف ب|أ.ف.ب|ا ف ب|ا.ف.ب|فرانس برس|وكالة فرانس برس|афп|法新社|agencia afp|فرانسه پرس|خبرگزاری فرانسه|франс пресс|afp時事|afp=時事|afp通信|afp통신|אי-אף-פי"},
	{"agenciabrasil", "agenciabrasil.ebc.com.br", "agência brasil"},
	{"agi", "agi.it", "agi"},
	{"ani", "aninews.in", "ani|asian news international"},
	{"anp", "anp.nl", "anp"},
	{"ansa", "ansa.it", "ansa|agenzia ansa|安莎社"},
	{"antara", "antaranews.com", "antara"},
	{"ap", "apnews.com ap.org", "ap|associated press|the associated press|أ ب|أسوشيتد برس|ассошиэйтед пресс|美联社|ap news|الأسوشيتد برس|اسوشيتد برس|آسوشیتدپرس|آسوشیتد پرس|美聯社|ap通信|ap통신|איי-פי"},
	{"apa", "apa.at", "apa"},
	{"aps", "aps.dz", "aps|واج|وأج"},
	{"askanews", "askanews.it", "askanews"},
	{"belga", "belga.be belganewsagency.eu", "belga"},
	{"bernama", "bernama.com", "bernama"},
	{"bloomberg", "bloomberg.com", "bloomberg|bloomberg news|بلومبرغ|блумберг|彭博|彭博社|ブルームバーグ|블룸버그"},
	{"bna", "bna.bh", "bna|بنا"},
	{"bta", "bta.bg", "bta|бта"},
	{"chinanews", "chinanews.com.cn chinanews.com", "中新社|中新网|中国新闻网|中国新闻社|china news service"},
	{"cna-tw", "cna.com.tw", "中央社|中央通訊社|central news agency"},
	{"cp", "thecanadianpress.com", "canadian press|the canadian press"},
	{"ctk", "ctk.cz ceskenoviny.cz", "čtk|ctk"},
	{"dha", "dha.com.tr", "dha|demirören haber ajansı"},
	{"dpa", "dpa.com dpa-international.com", "dpa|dpa-infocom|deutsche presse-agentur|د ب أ|د.ب.أ|د ب ا|德新社|дпа"},
	{"efe", "efe.com", "efe|agencia efe|埃菲社|эфэ"},
	{"epd", "epd.de", "epd"},
	{"estadao", "", "estadão conteúdo"},
	{"europapress", "europapress.es", "europa press"},
	{"fars", "farsnews.ir", "خبرگزاری فارس"},
	{"folhapress", "folhapress.com.br", "folhapress"},
	{"ians", "ians.in", "ians"},
	{"iha", "iha.com.tr", "iha|i̇ha|ihlas haber ajansı"},
	{"interfax", "interfax.ru interfax.com", "interfax|interfax.ru|интерфакс|интерфакс-украина|інтерфакс-україна|国际文传电讯社|interfax-ukraine"},
	{"irna", "irna.ir", "irna|ایرنا|إرنا|ارنا|خبرگزاری جمهوری اسلامی"},
	{"isna", "isna.ir", "isna|ایسنا|خبرگزاری ایسنا"},
	{"jiji", "jiji.com", "jiji|jiji press|時事|時事通信|时事社|時事社|時事ドットコム"},
	{"kna", "kna.de", "kna"},
	{"kuna", "kuna.net.kw", "kuna|كونا"},
	{"kyodo", "kyodonews.net kyodonews.jp kyodo.co.jp", "kyodo|kyodo news|共同|共同通信|共同社|киодо|교도통신"},
	{"lapresse-it", "lapresse.it", "lapresse"},
	{"lusa", "lusa.pt", "lusa|agência lusa"},
	{"map", "mapnews.ma", "و م ع|ومع"},
	{"mehr", "mehrnews.com", "خبرگزاری مهر"},
	{"mena", "mena.org.eg", "أ ش أ|أ.ش.أ|ا ش ا|وكالة أنباء الشرق الأوسط"},
	{"news1", "news1.kr", "뉴스1"},
	{"newsis", "newsis.com", "뉴시스"},
	{"nna", "nna-leb.gov.lb", "الوكالة الوطنية للإعلام"},
	{"pa", "pamediagroup.com", "pa media|press association"},
	{"pap", "pap.pl", "pap"},
	{"petra", "petra.gov.jo", "petra|بترا"},
	{"pti", "ptinews.com", "pti|press trust of india"},
	{"qna", "qna.org.qa", "qna|قنا"},
	{"reuters", "reuters.com reuters.co.uk", "reuters|thomson reuters|reuters staff|رويترز|рейтер|路透社|路透|ロイター|로이터|رویترز|рейтерс|ройтерс|רויטרס|路透通讯社|로이터통신|로이터 통신"},
	{"ria", "ria.ru rian.ru", "ria novosti|ria|риа новости|риа|ріа новини|俄新社|ريا نوفوستي"},
	{"ritzau", "ritzau.dk", "ritzau"},
	{"sana", "sana.sy", "sana|سانا"},
	{"sda", "keystone-sda.ch sda.ch", "keystone-sda|sda|keystone-ats|ats"},
	{"sid", "sid.de", "sid|sport-informations-dienst"},
	{"spa", "spa.gov.sa", "spa|واس|وكالة الأنباء السعودية"},
	{"sputnik", "sputniknews.com sputnikglobe.com", "sputnik|سبوتنيك|спутник|اسپوتنیک|卫星通讯社|スプートニク"},
	{"stt", "stt.fi", "stt"},
	{"tap", "tap.info.tn", "وات"},
	{"tasnim", "tasnimnews.com", "تسنیم|خبرگزاری تسنیم"},
	{"tass", "tass.ru tass.com itar-tass.com", "tass|itar-tass|тасс|итар-тасс|تاس|塔斯社|タス通信|타스통신"},
	{"telam", "telam.com.ar", "télam"},
	{"tt", "tt.se", "tt nyhetsbyrån"},
	{"ukrinform", "ukrinform.ua ukrinform.net", "ukrinform|укринформ|укрінформ"},
	{"unian", "unian.net unian.ua", "unian|униан|уніан"},
	{"upi", "upi.com", "upi|united press international"},
	{"wafa", "wafa.ps", "wafa|وفا"},
	{"wam", "wam.ae", "wam|وام|وكالة أنباء الإمارات"},
	{"xinhua", "xinhuanet.com news.cn xinhua.net", "xinhua|xinhua news agency|شينخوا|新华社|新华网|新華社|синьхуа|신화통신|新華社通信|شینهوا"},
	{"yonhap", "yna.co.kr yonhapnews.co.kr", "yonhap|yonhap news|연합뉴스|연합|韩联社|韓聯社|聯合ニュース|يونهاب|рёнхап"},
	{"accesswire", "accesswire.com accessnewswire.com", "accesswire|access newswire"},
	{"businesswire", "businesswire.com", "business wire|businesswire"},
	{"cnw", "newswire.ca", "cnw|cnw group|canada newswire"},
	{"einpresswire", "einpresswire.com", "ein presswire|einpresswire"},
	{"globenewswire", "globenewswire.com", "globenewswire|globe newswire"},
	{"newsaktuell", "presseportal.de", "ots|news aktuell|presseportal"},
	{"prnewswire", "prnewswire.com prnewswire.co.uk", "pr newswire|prnewswire|pr newswire asia"},
}

// agencyNames gives the id of an agency by name, agencyDomains by domain or id.
var agencyNames, agencyDomains = func() (names, domains map[string]string) {
	names, domains = map[string]string{}, map[string]string{}
	for _, a := range agencies {
		domains[a.id] = a.id
		for _, d := range strings.Fields(a.domains) {
			domains[d] = a.id
		}
		for n := range strings.SplitSeq(a.names, "|") {
			names[n] = a.id
		}
	}
	return names, domains
}()

// AgencyNamed returns the id of the agency that a credit names, empty when it names none.
// The name is in lower case.
func AgencyNamed(name string) string { return agencyNames[name] }

// AgencyOf returns the id of the agency with a domain, or with an id, in lower case.
// It is empty when there is none.
func AgencyOf(domain string) string { return agencyDomains[domain] }

// AgencyNames returns all names by which agencies are credited, in lower case.
func AgencyNames() []string {
	var all []string
	for _, a := range agencies {
		all = append(all, strings.Split(a.names, "|")...)
	}
	return all
}
