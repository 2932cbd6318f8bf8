package story

// The lists below are by language: English, Arabic, Russian, French, German,
// Spanish, then others. They are folded and stemmed when read, so one form of a
// word stands for those with its root.

const emptyWords = `
	a an the of in on at to for from by with as and or but is are was were be been being has have had do does did will would
	can could may might shall should it its he his she her they their this that these those there here who whom which what
	into over under about after before amid among during between against via per than then so too very also just still yet
	out off up-to how when where why while because if s t m re ve ll you your we our us-s i my me him them
	say tell reports-that state statement accord officials official source new
	في من على الى عن مع ان او و ثم هذا هذه ذلك التي الذي الذين ما كما قد هو هي هم بين بعد قبل عند منذ حتى خلال ضد كل اي بـ لـ
	يقول قال تقول قالت اكد يؤكد تؤكد اعلن يعلن تعلن صرح جديد جديده
	اثر عقب بسبب نتيجة بشأن بخصوص حول اثناء رغم لدى داخل وسط بفعل بان بانه بانها انه انها لان قبل جانب خلال جراء لدى نحو ازاء تجاه حيال شخص اشخاص
	в во на с со к ко по из за от до о об у и а но или что как это для при над под про через его ее их он она они был была было были быть же ли бы
	сообщил сообщила сообщили заявил заявила заявили рассказал рассказали рассказала новый
	le la les l un une des du de d au aux en et ou dans sur pour par avec est sont a ont ce cette ces qui que qu son sa ses leur se s
	der die das den dem des ein eine einer eines einem einen und oder in im am an auf bei mit von vom zu zum zur für ist sind hat haben wird werden nach vor über aus als auch
	el los las un una unos unas del y o en con por para al es son ha han su sus se lo como tras ante
	il lo gli i e di da nel nella che con per su tra ha sono o os as e do da na em um uma com ao
	ve ile bir bu da de için
	را از به با در که این آن است`

const numberWords = `
	0 zero صفر ноль null cero
	2 two اثنان اثنين два две двух deux zwei dos
	3 three ثلاثة ثلاث три трех трое trois drei tres
	4 four اربعة اربع четыре четырех quatre vier cuatro
	5 five خمسة خمس пять пяти cinq fünf cinco
	6 six ستة ست шесть шести sechs seis
	7 seven سبعة سبع семь семи sept sieben siete
	8 eight ثمانية ثماني восемь восьми huit acht ocho
	9 nine تسعة تسع девять девяти neuf neun nueve
	10 ten عشرة عشر десять десяти dix zehn diez
	11 eleven onze elf once одиннадцать
	12 twelve dozen douze zwölf doce двенадцать
	13 thirteen
	14 fourteen
	15 fifteen
	16 sixteen
	17 seventeen
	18 eighteen
	19 nineteen
	20 twenty عشرين عشرون двадцать vingt zwanzig veinte
	30 thirty ثلاثين ثلاثون
	40 forty
	50 fifty
	60 sixty
	70 seventy
	80 eighty
	90 ninety
	100 hundred مئة مائة сто cent hundert cien
	% percent pct percentage процент процента процентов prozent
	1000 thousand الف тысяча тысяч mille tausend mil
	1000000 million millions mln mn مليون مليوني ملايين миллион миллиона миллионов млн millones millionen
	1000000000 billion billions bln bn مليار مليارات миллиард миллиарда миллиардов млрд milliard milliards milliarden
	1000000000000 trillion trillions trn tn تريليون триллион billones
	#1 first اول اولى первый первая первое premier première erste ersten primer primera
	#2 second ثاني ثانية второй вторая второе deuxième zweite zweiten segundo segunda
	#3 third ثالث ثالثة третий третья troisième dritte dritten tercer tercera
	#4 fourth رابع رابعة четвертый quatrième vierte cuarto
	#5 fifth خامس خامسة пятый cinquième fünfte quinto
	#mon monday الاثنين понедельник lundi montag lunes
	#tue tuesday tue الثلاثاء вторник mardi dienstag martes
	#wed wednesday wed الاربعاء среда среду mercredi mittwoch miércoles
	#thu thursday thu الخميس четверг jeudi donnerstag jueves
	#fri friday fri الجمعة пятница пятницу vendredi freitag viernes
	#sat saturday السبت суббота субботу samedi samstag sábado
	#sun sunday воскресенье dimanche sonntag domingo`

// negativeWords: a headline that has such a word is not one that lacks it.
const negativeWords = `
	not no n't never cannot can't cant don't dont doesn't doesnt didn't didnt isn't isnt aren't arent wasn't wasnt weren't werent won't wont wouldn't couldnt couldn't shouldnt shouldn't hasn't hasnt haven't havent without neither nor لا لم لن ليس ليست ليسوا غير بدون دون بلا عدم не нет ни без нельзя pas non sans jamais aucun aucune nicht kein keine keinen keiner nie ohne no nunca sin jamás ningún ninguna non senza mai não nunca sem değil yok 不 没 沒 未 无 않 아니
	miss misses missed يفوت fail fails failed failing failure فشل يفشل تفشل اخفق اخفاق يخفق تخفق عجز يعجز تعجز провал провалил провалила сорвался échoue échec échoué scheitert gescheitert fracasa fracasó fallisce
	deny denies denied denying denial refute dispute ينفي تنفي نفى نفت نفي انكار ينكر опроверг опровергла опровергли отрицает отрицают опровержение dément nie démentit bestreitet dementiert leugnet niega desmiente desmintió says_no
	reject rejects rejected refuse refuses refused decline-to veto rebuff رفض يرفض ترفض رفضت отказ отказался отказалась отказались отверг отклонил отклонила rejette refuse refus lehnt ablehnt abgelehnt rechaza rechazó niega ignore ignores ignored تجاهل يتجاهل تتجاهل boycott boycotts boycotted مقاطعة يقاطع تقاطع игнорирует игнорируют
	cancel cancels cancelled canceled scrap scraps scrapped revoke الغاء يلغي تلغي الغى отменил отменила отменили отмена annule annulé abgesagt streicht cancela anula
	否 否认 否認`

// polarWords is the same but for the end of a headline, which outlets cut off.
// Each group is a pole; its opposite is another line.
const polarWords = `
	up rise rises rose rising climb gain jump soar surge higher grow growth rally rebound recover spike ارتفاع يرتفع ترتفع ارتفع ارتفعت صعود يصعد تصعد صعد زيادة يزيد قفز يقفز تقفز نمو مكاسب تحسن рост растет вырос выросла выросло выросли повышение повысил подорожал подорожала поднялся hausse augmente monte progresse grimpe steigt steigen gestiegen anstieg wächst sube aumenta crece alza aumento
	down fall falls fell falling drop decline slide slump tumble plunge lower sink dip slip shrink loss crash انخفاض ينخفض تنخفض انخفض انخفضت هبوط يهبط تهبط هبط تراجع يتراجع تتراجع تراجعت تدهور خسائر انهيار ينهار падение падает упал упала упало упали снижение снизился снизилась снизилось снизились подешевел подешевела baisse chute recule diminue sinkt fällt fallen gesunken rückgang baja cae caen cayó descenso caída
	open opens opened reopen يفتح تفتح فتح افتتاح يفتتح открыл открыла открыли открытие ouvre ouvrir ouverture öffnet eröffnet abre abren
	close closes closed shut closure يغلق تغلق اغلاق اغلق غلق закрыл закрыла закрыли закрытие ferme fermer fermeture schließt geschlossen cierra cierran cierre shut_down shuts_down shutdown shutting_down switch_off switches_off switched_off
	win wins won winning winner victory beat beats defeat defeats triumph فوز يفوز تفوز فاز فازت انتصار ينتصر победа победил победила победили выиграл выиграла выиграли обыграл gagne remporte victoire bat gewinnt gewann sieg besiegt gana ganó vence victoria
	lose loses lost losing loser خسارة يخسر تخسر خسر خسرت هزيمة проиграл проиграла проиграли поражение perd défaite verliert verlor niederlage pierde perdió derrota
	accept accepts accepted approve approves approved approval pass-law agree agrees agreed قبول يقبل تقبل قبل-عرض موافقة يوافق توافق وافق وافقت اقرار يقر одобрил одобрила одобрили согласился согласилась согласились принял принят approuve accepte accord genehmigt stimmt zugestimmt billigt aprueba aprobó acepta
	support supports supported back backs backed endorse endorses يدعم تدعم دعم تؤيد يؤيد تأييد поддержал поддержала поддержали soutient unterstützt apoya
	oppose opposes opposed يعارض تعارض معارضة-قرار выступил-против
	increase increases increased raise raises raised hike boost boosts يزيد تزيد رفع يرفع ترفع رفعت زاد повысит повысила повысили увеличил увеличила увеличили augmente relève erhöht aumenta eleva
	cut cuts reduce reduces reduced reduction slash lower-rate خفض يخفض تخفض تقليص يقلص قلص снизил снизила снизили сократил сократила сократили сокращение réduit baisse-taux senkt gesenkt kürzt reduce recorta
	end ends ended stop stops stopped halt halts halted suspend suspends suspended finish cease انتهاء ينتهي تنتهي انتهى وقف يوقف توقف اوقف ايقاف تعليق يعلق تعلق علق закончил закончился остановил остановила остановили приостановил приостановила прекратил прекратила termine arrête suspend fin endet stoppt beendet termina suspende detiene
	allow allows allowed permit permits let lift يسمح تسمح سمح سماح разрешил разрешила разрешили autorise permet erlaubt permite autoriza
	ban bans banned bar bars barred block blocks blocked prohibit forbid حظر يحظر تحظر منع يمنع تمنع منعت запретил запретила запретили запрет заблокировал interdit bloque verbietet verboten verbot blockiert prohíbe bloquea veta
	free frees freed release releases released acquit acquits acquitted clear-of discharge افراج يفرج تفرج اطلاق-سراح براءة تبرئة освободил освободили оправдал оправдан libère libéré acquitté freigelassen freigesprochen libera absuelve let_go set_free not_guilty
	arrest arrests arrested detain detains detained jail jailed imprison convict convicted guilty sentence sentenced اعتقال يعتقل تعتقل احتجاز سجن حبس ادانة يدين تدين арестовал арестован арестовали задержал задержан задержали задержана посадили осужден arrête-homme condamné arrêté emprisonné festgenommen verhaftet verurteilt detenido arrestado condenado detiene-a
	leave leaves left quit quits resign resigns resigned exit withdraw withdraws withdrew depart defect انسحاب ينسحب تنسحب خروج يخرج استقالة يستقيل استقال مغادرة يغادر تغادر ушел ушла вышел покинул покинула уволился отставка quitte démissionne retire verlässt tritt-zurück rücktritt deja renuncia abandona dimite step_down steps_down stepped_down stepping_down stand_down stands_down standing_down call_it_quits calls_it_quits move_out moves_out pull_out pulls_out retreat retreats retreated
	hire hires hired appoint appoints appointed تعيين يعين عين назначил назначен nomme ernennt nombra
	fire-staff fires fired sack sacks sacked dismiss dismisses dismissed oust ousts ousted اقالة يقيل تقيل اقال عزل يعزل уволил уволили уволен отстранил limoge renvoie entlässt entlassen despide destituye
	live-person alive survive survives survived نجاة ينجو تنجو نجا выжил выжила survit überlebt sobrevive
	die dies died dead death kill kills killed killing slain slay fatal مقتل قتل يقتل تقتل قتلى قتيل وفاة يموت توفي توفيت مصرع موت умер умерла умерли погиб погибла погибли убит убили убил скончался скончалась смерть mort morts tué tués meurt décès tot tote toter getötet stirbt gestorben muere muertos mueren mata matan murió fallece dead_at passes_away passed_away pass_away
	hurt injure injures injured wound wounds wounded جرح جرحى اصابة اصابات مصاب ранен ранены ранения пострадал пострадали пострадавшие blessé blessés verletzt verletzte herido heridos
	safe rescue rescues rescued save saves saved انقاذ ينقذ تنقذ спас спасли спасен sauve sauvé rettet gerettet rescata salva 
	buy buys bought acquire acquires acquired purchase شراء يشتري تشتري اشترى استحواذ купил купила купили покупка покупает achète rachète kauft gekauft übernimmt compra adquiere
	sell sells sold sale بيع يبيع تبيع باع продал продала продали продажа продает vend verkauft vende
	peace ceasefire truce سلام هدنة перемирие
	war حرب война
	illegal criminalise criminalize
	yes نعم да oui ja sí
	上 上调 上昇 上升 上涨 続伸 上調
	下 下调 下落 下降 下跌 続落 下調
	高
	安 低
	인상 상승
	인하 하락
	동결
	승리
	패배`

// shadeWords tell headlines apart as polarWords do, but headlines that are else the
// same leave them out.
const shadeWords = `
	confirm confirms confirmed يثبت подтвердил подтвердила подтвердили confirme bestätigt confirma confirmó
	start starts started begin begins began launch launches launched resume resumes resumed restart بدء يبدأ تبدأ بدأ بدأت انطلاق استئناف يستأنف تستأنف начал начала начали начался началась начнется начнет возобновил commence lance reprend démarre beginnt startet gestartet empieza comienza inicia lanza under_way underway gets_underway gets_under_way get_underway kick_off kicks_off kicked_off go_ahead goes_ahead
	delay delays delayed postpone postpones postponed تأجيل يؤجل تؤجل اجل تأخير отложил отложила отложили перенес перенесли reporte repousse verschiebt verschoben aplaza pospone
	join joins joined enter enters entered arrive arrives arrived return returns returned انضمام ينضم تنضم دخول يدخل عودة يعود تعود وصول يصل تصل вступил вошел вернулся вернулась прибыл прибыла rejoint entre arrive revient tritt kommt zurück llega vuelve regresa entra
	strong stronger strengthen strengthens قوة-عملة укрепился укрепление
	weak weaker weaken weakens ضعف يضعف ослаб ослабление
	best better record-high افضل лучший лучшая meilleur beste mejor
	worst worse اسوأ худший худшая pire schlechteste peor
	more اكثر больше plus mehr más
	less fewer اقل меньше moins weniger menos
	high highest اعلى أعلى максимум
	low lowest ادنى أدنى минимум
	all جميع все tous alle todos
	attack attacks attacked هجوم يهاجم
	defend defends defended يدافع
	legal legalise legalize legalizes شرعي
	former ex сابق السابق бывший бывшая ancien ancienne ehemaliger ehemalige
	north northern شمال الشمالية شمالي северный северная северной nord norte
	south southern جنوب الجنوبية جنوبي южный южная южной sud süd sur
	east eastern شرق الشرقية شرقي восточный восточная восточной ost este
	west western غرب الغربية غربي западный западная западной ouest oeste
	man men boy boys his-son husband father رجل мужчина homme mann hombre
	woman women girl girls wife mother امرأة женщина femme frau mujer`

// routineWords are what headlines that come back every day are made of.
const routineWords = `
	morning evening afternoon noon midday night today tomorrow yesterday tonight daily weekly monthly week weekend month year day days hour
	briefing brief bulletin digest roundup wrap recap update updates news headline headlines summary review preview highlights
	podcast newsletter edition live blog horoscope zodiac weather forecast traffic stock stocks market markets share shares price prices gold oil
	dollar rate rates trade trading index futures currency exchange result results lottery draw number numbers obituary obituaries
	letter letters editor editorial opinion cartoon photo photos picture pictures image images gallery video videos quiz crossword puzzle
	schedule fixtures scores table standings calendar agenda diary paper papers press front page story stories things know what's
	five ten top best deal deals recipe tv guide read reads watch listen know need thing far monday tuesday wednesday thursday friday saturday sunday
	january february march april may june july august september october november december
	صباح الصباح مساء المساء اليوم غدا امس يومي يومية اسبوع الاسبوع شهر موجز نشرة اخبار الاخبار ابرز اهم عناوين الصحف صحف حظك حظ برجك ابراج
	الابراج طقس الطقس حالة توقعات سعر اسعار الذهب الدولار العملات البورصة الاسهم مواعيد صور فيديو كاريكاتير مواقيت الصلاة وفيات نتائج جدول
	утро утренний вечер вечерний сегодня завтра вчера день дня неделя недели месяц год новости главное главные дайджест обзор итоги гороскоп погода
	погоды прогноз курс доллара евро рубля цены цена золото нефть биржа акции рынок рынки фото видео календарь афиша
	matin matinale soir jour semaine mois aujourd'hui hui demain hier actualité actualités journal revue presse météo horoscope bourse cours prix
	marchés essentiel brèves infos info agenda programme résultats
	morgen abend heute gestern tag woche monat wetter horoskop nachrichten überblick kurz börse kurse aktien märkte ticker tipps ergebnisse lotto zahlen
	mañana tarde noche hoy ayer día semana mes tiempo horóscopo noticias titulares resumen bolsa mercados precio precios dólar resultados lotería
	oggi domani ieri giorno settimana meteo oroscopo notizie borsa previsioni manhã noite hoje ontem dia previsão notícias
	bugün günün hava durumu haberler burç yorumları امروز اخبار قیمت فال آب هوا
	今日 昨日 明日 天气 天気 预报 予報 股市 行情 运势 運勢 新闻 早报 晚报 朝刊 夕刊 頭条 头条 占い 오늘 오늘의 내일 날씨 뉴스 아침 저녁 운세 증시 환율 코스피 주요`
