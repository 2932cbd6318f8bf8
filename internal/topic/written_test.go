package topic

import (
	"testing"

	"github.com/slugline/slugline/internal/news"
)

// How a name is written: signs, capitals, hyphens and = for the exact word.
func TestWritten(t *testing.T) {
	type row struct {
		lang, query string
		yes, no     []string
	}
	for _, r := range []row{
		// Capitals of words that are also ordinary ones.
		{"en", "US", []string{"US to lift tariffs", "Talks with the U.S. fail", "Anti-US march in Sana", "US-China talks resume", "TELL US MORE, SAYS MAYOR", "The US's oldest pier"},
			[]string{"Tell us more, says mayor", "Us and them: a family story", "Usage of trams climbs"}},
		{"en", "u.s.", []string{"US to lift tariffs", "U.S. to lift tariffs"}, []string{"They told us so"}},
		{"en", "us", []string{"US to lift tariffs", "They told us so"}, []string{"Use of force"}},
		{"en", "WHO", []string{"WHO declares end of outbreak", "Doctors at the WHO resign"}, []string{"Who pays for the flood?", "Doctor Who returns", "Man who sold a bridge"}},
		{"en", "IT", []string{"IT outage grounds flights"}, []string{"It rains in Ghor", "Why it matters"}},
		{"en", "ICE", []string{"ICE agents raid a farm", "Two ICEs collide", "BLACK ICE CLOSES ROADS"}, []string{"Black ice closes roads", "Ice Hockey: Slovakia win"}},
		{"en", "AIDS", []string{"AIDS funding runs out", "Aids charity loses its grant"}, []string{"Hearing aids get cheaper", "Hearing Aids Get Cheaper Today", "Foreign aid is cut"}},
		{"en", "MAY", []string{"MAY DAY RALLY BANNED"}, []string{"Rain may fall on Sunday", "Trams return in May"}},
		{"en", "COP", []string{"COP ends without a deal"}, []string{"Cop charged over shooting"}},
		{"en", "SHE AND ME", []string{"SHE magazine sued by ME fund"}, []string{"She and me: a love story"}},
		{"en", "START", []string{"New START talks stall"}, []string{"Talks start in Geneva"}},
		{"en", `"US troops"`, []string{"More US troops arrive"}, []string{"He gave us troops"}},
		{"en", "-US", []string{"They told us so"}, []string{"US to lift tariffs"}},
		{"en", "US*", []string{"User data leaked"}, nil},
		{"en", "NATO", []string{"Nato summit opens", "NATO summit opens"}, []string{"Natomas school reopens"}},
		{"en", "SARS", []string{"Sars cases found", "SARS cases found"}, []string{"Tsars of Russia"}},
		{"en", "UNESCO", []string{"Unesco lists the old port"}, []string{"Unescorted child on flight"}},
		{"en", "OPEC", []string{"Opec cuts output"}, nil},
		{"en", "FERRY", []string{"Ferry sinks off Skerry"}, nil},
		{"de", "MIT", []string{"Forscher des MIT bauen Akku", "MIT-Forscher bauen Akku"}, []string{"Zug mit Gas entgleist", "Mit dem Rad nach Ulm"}},
		{"de", "OB", []string{"OB von Ulm tritt zurück"}, []string{"Streit, ob die Brücke hält"}},
		{"de", "MAN", []string{"MAN streicht Stellen"}, []string{"Was man wissen muss"}},
		{"de", "BUND", []string{"BUND klagt gegen Autobahn"}, []string{"Bund zahlt für Brücken"}},
		{"de", "IT", []string{"IT-Ausfall legt Bahn lahm"}, nil},
		{"de", "NATO", []string{"Nato-Gipfel in Den Haag"}, []string{"Natoma siegt"}},
		{"de", "AIDS", []string{"Aids-Hilfe sammelt Geld"}, nil},
		{"fr", "UN", []string{"L’envoyé de l’UN arrive"}, []string{"Un homme blessé à Lyon", "Il y a un problème"}},
		{"fr", "AI", []string{"AI accuse la junte"}, []string{"J’ai perdu mon chat"}},
		{"fr", "OTAN", []string{"L’Otan se réunit"}, nil},
		{"es", "PAN", []string{"El PAN gana en Sonora"}, []string{"Sube el precio del pan", "Pan y vino en la plaza"}},
		{"es", "ONCE", []string{"La ONCE reparte premios"}, []string{"Mueren once en un choque"}},
		{"es", "MAS", []string{"El MAS pierde Bolivia"}, []string{"Más lluvia en el norte", "Piden mas agua"}},
		{"es", "AVE", []string{"El AVE llega a Murcia"}, []string{"Un ave rara en Doñana"}},
		{"es", "ONU", []string{"La Onu pide calma"}, nil},
		{"it", "USA", []string{"Usa, dazi sul formaggio", "Dazi USA sul formaggio"}, []string{"Chi usa il telefono paga"}},
		{"it", "NATO", []string{"Nato, vertice a Roma"}, []string{"Un bimbo mai visto a Bari"}},
		{"pt", "EU", []string{"EU aprova tarifa"}, []string{"Eu não sabia, diz prefeito", "Sou eu, diz ator"}},
		{"pt", "SUS", []string{"SUS amplia vacinação"}, []string{"Cantora sus e banda"}},
		{"tr", "İYİ", []string{"İYİ Parti kongreye gidiyor"}, []string{"Çok iyi bir hasat", "İyi haber geldi"}},
		{"tr", "AK", []string{"AK Parti adayını açıkladı"}, []string{"Ak saçlı adam kayboldu"}},
		{"tr", "YÖK", []string{"YÖK kararı açıkladı", "YÖK’ten yeni karar"}, []string{"Köyde su yok"}},
		{"tr", "TİP", []string{"TİP’ten açıklama"}, []string{"Yeni tip virüs"}},
		{"nl", "ER", []string{"ER opent kantoor"}, []string{"Wat is er aan de hand"}},
		{"pt", "PAN", []string{"Pan abre em Lima"}, nil},
		{"ru", "ВОЗ", []string{"ВОЗ объявила о вспышке"}, []string{"Воз сена загорелся"}},
		{"ru", "МИД", []string{"МИД вызвал посла", "Заявление МИДа вышло ночью"}, nil},
		{"", "WHO", []string{"WHO declares end"}, []string{"Who pays?"}},

		// Signs that are part of a name.
		{"de", "heise+", []string{"heise+ prüft Platten", "Neu bei heise+: Platten", "heise+ | Platten im Test"}, []string{"heise prüft Platten", "heise plus Rabatt", "heise++ ist da"}},
		{"de", "heise", []string{"heise prüft Platten"}, nil},
		{"en", "Disney+", []string{"Disney+ raises prices", "Price rise at Disney+"}, []string{"Disney raises prices", "Disney World shut"}},
		{"en", `"Apple TV+"`, []string{"Apple TV+ orders a series"}, []string{"Apple TV gets a remote"}},
		{"en", "C++", []string{"C++ committee meets"}, []string{"C compiler gains a pass", "C# 15 is out", "Grade C+ for the school"}},
		{"en", "C#", []string{"C# 15 is out"}, []string{"C++ committee meets", "Vitamin C sells"}},
		{"en", "C++", []string{"C++20 is out", "C++'s father dies"}, nil},
		{"zh", "C++", []string{"C++之父去世"}, []string{"C语言之父去世"}},
		{"zh", "Disney+", []string{"Disney+涨价", "为何Disney+涨价"}, []string{"Disney涨价"}},
		{"ja", "#地震", []string{"#地震 速報"}, []string{"地震 速報"}},
		{"ar", "#غزة", []string{"حملة #غزة تنتشر"}, []string{"غزة تنتظر"}},
		{"en", "F#", []string{"F# gains a type"}, []string{"F grade for bridge"}},
		{"en", ".NET", []string{".NET 12 ships", "Microsoft ships .NET 12"}, []string{"Net profit falls", "A safety net for farmers", "Read it on example.net"}},
		{"en", "AT&T", []string{"AT&T outage hits Texas", "Outage at AT&amp;T"}, []string{"At the T junction", "Look at T. rex bones"}},
		{"en", "R&D", []string{"R&D budget grows", "R & D budget grows"}, []string{"R D Laing remembered", "Ward and Drake"}},
		{"en", "S&P", []string{"S&P 500 slips"}, []string{"S. P. Balu sings"}},
		{"en", "Hale & Moor", []string{"Hale & Moor shuts shops", "Hale&Moor shuts shops", "Why Hale &amp; Moor fell"}, []string{"Hale of Moor wins", "Moor & Hale fight"}},
		{"en", "shops Hale & Moor -rugby", []string{"Hale & Moor shuts shops"}, []string{"Hale & Moor wins"}},
		{"en", "Q&A", []string{"Q&A: what the ruling means"}, []string{"Q. A. Khan dies"}},
		{"en", "H&M", []string{"H&M closes shops"}, []string{"H M Coastguard called"}},
		{"en", "Yahoo!", []string{"Yahoo! sells its photos"}, []string{"Yahoo sells its photos"}},
		{"en", "Yahoo", []string{"Yahoo! sells its photos", "Yahoo sells its photos"}, nil},
		{"en", `"stop the clock!"`, []string{"Stop the clock, says mayor"}, nil},
		{"en", "P!nk", []string{"P!nk cancels a show"}, []string{"P. Nk wins"}},
		{"en", "#climate", []string{"#climate march in Oslo", "Why #Climate trends"}, []string{"Climate march in Oslo", "#climateaction trends"}},
		{"en", "#climate*", []string{"#climateaction trends"}, []string{"Climate action stalls"}},
		{"en", "climate", []string{"#climate march in Oslo", "Climate march"}, nil},
		{"en", "@press", []string{"Hacked: the account @press"}, []string{"Press freedom falls", "Mail desk@press.example"}},
		{"en", "$GME", []string{"$GME soars"}, []string{"GME soars"}},
		{"de", "100€", []string{"Strafe: 100 € für Falschparker", "100€ Strafe"}, []string{"100 Meter lang"}},
		{"en", "9/11", []string{"9/11 inquiry reopens"}, []string{"Of 9, 11 were hurt"}},
		{"en", "LGBTQ+", []string{"LGBTQ+ centre opens"}, []string{"LGBTQ centre opens"}},
		{"fr", "Canal+", []string{"Canal+ perd la Ligue 1"}, []string{"Le canal gèle à Lille"}},
		{"de", "R+V", []string{"R+V erhöht Beiträge"}, []string{"R. V. Meyer siegt"}},
		{"en", "Notepad++", []string{"Notepad++ fixes a hole"}, []string{"Notepad gets tabs"}},
		{"en", "-Disney+", []string{"Disney raises prices"}, []string{"Disney+ raises prices"}},
		{"en", "+iran", []string{"Iran talks resume"}, nil},
		{"en", "title:C++", []string{"C++ committee meets"}, []string{"C compiler"}},

		// One word, a hyphen, or apart.
		{"en", "wifi", []string{"Wi-Fi comes to trams", "WiFi outage", "Wi‑Fi comes to trams", "Free Wi-Fi-hotspots open", "Wi Fi comes to trams"}, []string{"Fi Marlow wins", "Wi loses"}},
		{"en", "Wi-Fi", []string{"WiFi outage", "Wi-Fi outage", "Wi Fi outage"}, []string{"Fi Marlow wins", "Fi and Wi wed"}},
		{"en", "email", []string{"E-mail leak", "E-mails leaked", "Email leak"}, []string{"Mail leak", "E numbers explained"}},
		{"en", "e-mail", []string{"Emails leaked", "E-mail leak"}, []string{"Mail delayed"}},
		{"en", `"email leak"`, []string{"E-mail leak at ministry"}, []string{"E-mail: a leak"}},
		{"en", `"e-mail leak"`, []string{"Email leak at ministry"}, []string{"Leak of email"}},
		{"en", "cyberattack", []string{"Cyber-attack on port", "Cyber attack on port", "Cyberattacks rise", "Cyber attacks rise"}, []string{"Attack on port", "Cyber law, attack plan"}},
		{"en", "cyber-attack", []string{"Cyberattack on port", "Cyber attack on port"}, []string{"Attack by cyber gang"}},
		{"en", "cyber attack", []string{"Cyberattack on port", "Cyberattacks on ports", "Attack by cyber gang"}, []string{"Cyber gang on trial", "Attack on port"}},
		{"en", "port cyber att*", []string{"Cyberattack on port"}, []string{"Cyberattack on rail"}},
		{"en", `"cyber attack"`, []string{"Cyberattack on port", "Cyber-attack on port"}, []string{"Attack on cyber firm"}},
		{"en", "cyberatt*", []string{"Cyber-attack on port"}, []string{"Cyber law passed"}},
		{"en", "reelection", []string{"Re-election bid fails"}, nil},
		{"en", "resign", []string{"Minister to resign"}, []string{"Striker to re-sign for club"}},
		{"en", "re-sign", []string{"Striker to re-sign"}, []string{"Minister to resign"}},
		{"en", "nowhere", []string{"Road to nowhere"}, []string{"Now here is the news"}},
		{"en", "COVID-19", []string{"Covid19 cases rise", "COVID 19 inquiry"}, []string{"Covid clinics close", "19 hurt"}},
		{"en", "F35", []string{"F-35 skids"}, []string{"F-16 skids"}},
		{"en", "F-35", []string{"F35 skids", "Two F-35s skid"}, []string{"35 hurt"}},
		{"en", "21", []string{"21 hurt"}, []string{"United win 2-1"}},
		{"en", "202526", nil, []string{"Season 2025-26 opens"}},
		{"en", "ceasefire", []string{"Cease-fire holds", "Ceasefire holds"}, []string{"Fire ceases"}},
		{"en", "by-election", []string{"Byelection in Leeds", "By-election in Leeds"}, []string{"Election by post"}},
		{"de", "Rheinmain", []string{"Rhein-Main wächst"}, nil},
		{"de", "U-Bahn", []string{"Ubahn fährt nicht", "U-Bahn fährt nicht"}, []string{"S-Bahn fährt nicht"}},
		{"de", "E-Auto", []string{"E-Autos werden teurer", "Eauto brennt"}, []string{"Autos werden teurer"}},
		{"de", "EMail", []string{"E-Mail-Konto gehackt"}, nil},
		{"fr", "weekend", []string{"Un week-end pluvieux", "Un weekend pluvieux"}, nil},
		{"fr", "week-end", []string{"Un weekend pluvieux"}, []string{"Fin de semaine"}},
		{"es", "exministro", []string{"Detienen al ex-ministro"}, []string{"El ministro viaja"}},
		{"pt", "microônibus", []string{"Micro-ônibus tomba"}, []string{"Ônibus tomba"}},
		{"ru", "кибератака", []string{"Кибер-атака на порт"}, []string{"Атака на порт"}},
		{"fa", "نیم\u200cفاصله", []string{"آموزش نیم فاصله", "آموزش نیم\u200cفاصله"}, []string{"فاصله تهران"}},
		{"fa", "می شود", []string{"گفته می\u200cشود", "گفته می شود", "گفته میشود"}, []string{"گفته شد"}},
		{"fa", "می\u200cشود", []string{"گفته می\u200cشود", "گفته می شود", "گفته میشود"}, []string{"گفته شد"}},
		{"fa", "میشود", []string{"گفته می\u200cشود", "گفته می شود", "گفته میشود"}, []string{"گفته شد"}},
		{"fa", "رئیس جمهور", []string{"سفر رئیس\u200cجمهور", "سفر رئیس جمهور", "سفر رئیسجمهور"}, []string{"رئیس بانک", "جمهوری اسلامی"}},
		{"fa", "رئیس\u200cجمهور", []string{"سفر رئیس\u200cجمهور", "سفر رئیس جمهور"}, []string{"رئیس بانک"}},
		{"fa", "سرمایه گذاری خارجی", []string{"سرمایه\u200cگذاری خارجی", "سرمایه گذاری خارجی"}, []string{"سرمایه خارجی"}},
		{"fa", "آتش بس", []string{"آتش\u200cبس در غزه", "آتش بس در غزه"}, []string{"آتش در بازار"}},
		{"fa", "بی سابقه", []string{"گرمای بی\u200cسابقه", "گرمای بی سابقه"}, []string{"سابقه ندارد"}},
		{"fa", "خانه هایشان", []string{"ویرانی خانه\u200cهایشان"}, nil},
		{"fa", "کار خانه", []string{"کار در خانه"}, []string{"کارخانه تعطیل شد"}},
		{"ar", "ابو ظبي", []string{"قمة في أبوظبي", "قمة في أبو ظبي"}, []string{"أبو بكر"}},
		{"ar", "من صور", []string{"نازحون من صور"}, []string{"منصور يفوز"}},
		{"en", "40,000", []string{"40,000 flee", "40000 flee"}, []string{"400 flee"}},
		{"en", "40 000", []string{"40,000 flee", "40000 flee"}, []string{"40 flee", "4,000 flee"}},
		{"en", "1 000 000", []string{"1,000,000 flee"}, []string{"1,000 flee"}},
		{"en", "Pixel 11", []string{"Pixel 11 is out", "Pixel11 leaks", "Pixel-11 leaks"}, []string{"Pixel 12 is out", "Pixel110 is out"}},
		{"en", "Pixel11", []string{"Pixel 11 is out", "Pixel11 leaks"}, []string{"Pixel art by 11 pupils", "Pixel 110 is out"}},
		{"en", `"Pixel 11"`, []string{"Pixel11 leaks"}, []string{"11 Pixel phones"}},
		{"de", "Kosmos7", []string{"Kosmos 7 startet"}, []string{"Kosmos startet 7 Mal"}},
		{"en", "A7", []string{"A7 shut"}, []string{"A 7-year-old wins"}},
		{"en", "40 goats", []string{"40 goats flee"}, []string{"4 goats flee"}},

		// As it is written.
		{"en", "=ferry", []string{"Ferry sinks", "The ferry sinks", "FERRY SINKS", "Ferry's crew saved", "Car-ferry sinks", "A “ferry”, he said"}, []string{"Ferries sink", "Ferryman dies", "#ferry trends"}},
		{"en", "=Apple", []string{"Apple opens a shop", "APPLE OPENS A SHOP"}, []string{"An apple a day", "Apples rot", "Pineapple rots"}},
		{"en", "=US", []string{"US to lift tariffs"}, []string{"Tell us", "USA wins", "U.S. wins"}},
		{"en", "=cafe", []string{"Cafe opens"}, []string{"Café opens", "Cafes open"}},
		{"en", "=Café", []string{"Café opens", "Cafe\u0301 opens"}, []string{"Cafe opens", "café opens"}},
		{"en", "=C++", []string{"C++ meets", "Why C++?"}, []string{"C++20 meets", "C meets"}},
		{"en", "=heise", []string{"heise prüft"}, []string{"heise+ prüft"}},
		{"en", "=Node", []string{"Node falls"}, []string{"Node.js falls"}},
		{"en", "=NET", []string{"NET falls"}, []string{".NET falls", "net falls"}},
		{"en", "=40", []string{"40 flee", "Bus 40, again"}, []string{"40,000 flee", "3.40 euros", "1,40 euros"}},
		{"en", `"=Kingdom Come: Deliverance"`, []string{"Kingdom Come: Deliverance 2", "KINGDOM COME: DELIVERANCE 2"}, []string{"Kingdom come: deliverance", "Kingdom Come Deliverance", "Kingdom Come: Deliverances"}},
		{"en", `="data breach"`, []string{"Data breach at bank"}, []string{"Data breaches at bank", "Breach of data"}},
		{"en", `"=St. John's"`, []string{"St. John’s floods"}, []string{"St John’s floods"}},
		{"en", "=vaccine", []string{"Vaccine arrives"}, []string{"Vaccines arrive", "Vaccination"}},
		{"en", "-=vaccine", []string{"Vaccines arrive"}, []string{"Vaccine arrives"}},
		{"en", "title:=vaccine", []string{"Vaccine arrives"}, []string{"Vaccines arrive"}},
		{"de", "=Wahl", []string{"Die Wahl in Hessen", "Wahl-Abend in Hessen"}, []string{"Die Wahlen in Hessen", "Wahllokal"}},
		{"de", "=Müller", []string{"Müller siegt"}, []string{"Mueller siegt", "Muller siegt", "Müllers Sieg"}},
		{"tr", "=Ankara", []string{"Ankara’da kar"}, []string{"Ankaralı öldü"}},
		{"ru", "=Иран", []string{"Иран закрыл небо"}, []string{"Послы Ирана", "иран"}},
		{"ar", "=غزة", []string{"قصف على غزة", "قصف على غَزّة"}, []string{"مستشفى بغزة", "وغزة تنتظر", "غزه"}},
		{"zh", "=北京", []string{"北京举行峰会", "在北京举行"}, []string{"京北"}},
		{"ja", "=京都", []string{"京都で火災", "東京都で火災"}, []string{"奈良で火災"}},
		{"ko", "=삼성", []string{"삼성이 발표"}, []string{"성삼"}},
	} {
		q, err := Parse(r.query)
		if err != nil {
			t.Errorf("%s: %v", r.query, err)
			continue
		}
		check := func(headline string, want bool) {
			e := news.Entry{Headline: headline, Language: r.lang}
			if got := q.Match(NewDoc(&e, &news.Source{}), 1); got != want {
				t.Errorf("%s: %s matches %q: %v, want %v", r.lang, r.query, headline, got, want)
			}
		}
		for _, h := range r.yes {
			check(h, true)
		}
		for _, h := range r.no {
			check(h, false)
		}
	}
}
