package story

// houseWords are names of firms, one a line, that are taken for another as little
// as states are.
const houseWords = `
	google alphabet
	apple
	microsoft
	amazon
	facebook meta
	twitter
	yahoo
	ebay
	netflix
	samsung
	sony
	nokia
	motorola
	blackberry
	ibm
	intel
	oracle
	dell
	hewlett_packard hp
	huawei
	xiaomi
	alibaba
	tencent
	uber
	airbnb
	tesla
	toyota
	honda
	nissan
	hyundai
	ford
	gm general_motors
	chrysler
	bmw
	volkswagen vw
	daimler mercedes
	renault
	peugeot
	fiat
	boeing
	airbus
	lufthansa
	ryanair
	easyjet
	shell
	bp
	exxon exxonmobil
	chevron
	gazprom газпром газпрома газпрому
	rosneft роснефть роснефти
	сбербанк сбербанка
	втб
	яндекс яндекса
	aramco ارامكو
	goldman goldman_sachs
	jpmorgan jp_morgan
	citigroup citi
	morgan_stanley
	barclays
	hsbc
	ubs
	credit_suisse
	deutsche_bank
	siemens
	nestle
	unilever
	pfizer
	novartis
	merck
	bayer
	walmart wal_mart
	tesco
	ikea
	mcdonald's mcdonalds
	starbucks
	coca_cola coke
	pepsi pepsico
	disney
	يورو اليورو евро
	دولار الدولار دولارا доллар доллара
	استرليني الاسترليني
	ذهب الذهب
	نفط النفط خام
	bitcoin بيتكوين بتكوين البيتكوين`

// placeWords are states, a line each: their names, those who live there, the seat
// of their government where headlines say it for the state, in the six languages
// of the lexicon. A headline about one of them is not one about another.
const placeWords = `
	us usa 美国 美國 米国 미국 u.s america american americans united_states washington امريكا اميركا امريكي امريكيه اميركي اميركيه الولايات_المتحده واشنطن сша америка американский американские американских американские вашингтон états_unis américain américaine américains américaines usa amerika amerikanische amerikanischen eeuu estados_unidos estadounidense estadounidenses stati_uniti
	uk britain 英国 英國 영국 british briton britons united_kingdom great_britain london بريطانيا بريطاني بريطانيه المملكه_المتحده لندن великобритания великобритании британия британский британские лондон лондоне royaume_uni grande_bretagne britannique britanniques londres großbritannien britische britischen reino_unido británico británica
	england english الانجليزي انجلترا англия англии angleterre anglais engländer inglaterra
	scotland scottish اسكتلندا шотландия écosse schottland escocia
	wales welsh
	ireland irish dublin ايرلندا ирландия irlande irland irlanda
	france french 法国 法國 프랑 paris فرنسا فرنسي فرنسيه باريس франция франции французский французские французских париж париже française français françaises frankreich französische französischen francia francés francesa
	germany german 德国 德國 독일 germans berlin المانيا الماني المانيه برلين германия германии германию немецкий немецкие берлин берлине allemagne allemand allemande deutschland deutsche deutschen deutscher alemania alemán alemana alemanes
	spain spanish madrid اسبانيا اسباني اسبانيه مدريد испания испании испанский мадрид espagne espagnol espagnole spanien spanische españa español española
	portugal portuguese lisbon البرتغال португалия португалии portugais portugiesische portugués
	italy italian italians rome ايطاليا ايطالي ايطاليه روما италия италии итальянский рим риме italie italien italienne italienische italia italiano italiana
	vatican holy_see الفاتيكان ватикан vatikan vaticano
	greece greek greeks athens اليونان يوناني اثينا греция греции греческий афины grèce grec grecque griechenland griechische grecia griego
	cyprus cypriot cypriots nicosia قبرص قبرصي кипр кипра chypre zypern chipre
	turkey turkish turks turkiye ankara تركيا تركي تركيه الاتراك انقره турция турции турцию турецкий турецкие анкара анкаре turquie turc turque türkei türkische türkischen turquía turco turca türkiye
	russia russian 俄国 러시 russians moscow kremlin روسيا روسي روسيه موسكو الكرملين россия россии россию россией российский российские российских российская рф русский москва москве кремль кремле russie russe russes moscou russland russische russischen moskau rusia ruso rusa moscú rusya
	ukraine ukrainian 乌克 烏克 ukrainians kiev kyiv اوكرانيا اوكراني اوكرانيه كييف украина украины украине украину украинский украинские украинских киев киева киеве ukrainien ukrainienne ukrainische ukrainischen ucrania ucraniano
	belarus belarusian minsk بيلاروسيا белоруссия белоруссии беларусь минск biélorussie weißrussland bielorrusia
	poland polish poles warsaw بولندا بولندي польша польши польше польский варшава pologne polonais polen polnische polonia polaco
	czech prague التشيك чехия чехии прага tchèque tschechien checa
	slovakia slovak slovaks bratislava سلوفاكيا словакия
	slovenia slovenian slovene ljubljana سلوفينيا словения
	hungary hungarian hungarians budapest المجر венгрия венгрии hongrie hongrois ungarn ungarische hungría húngaro
	romania romanian romanians bucharest رومانيا румыния румынии roumanie roumain rumänien rumania rumano
	bulgaria bulgarian bulgarians بلغاريا болгария болгарии bulgarie bulgare bulgarien
	serbia serbian serbs belgrade صربيا сербия сербии serbie serbien
	croatia croatian croats zagreb كرواتيا хорватия croatie kroatien croacia
	bosnia bosnian sarajevo البوسنه босния bosnie bosnien
	kosovo kosovar pristina كوسوفو косово
	albania albanian albanians tirana البانيا албания albanie albanien
	macedonia macedonian skopje مقدونيا македония
	austria austrian austrians vienna النمسا австрия австрии вена autriche autrichien österreich österreichische viena
	switzerland swiss bern سويسرا سويسري швейцария швейцарии suisse schweiz schweizer suiza suizo
	belgium belgian belgians بلجيكا бельгия бельгии belgique belge belgien bélgica belga
	netherlands dutch holland hague هولندا нидерланды нидерландов pays_bas néerlandais niederlande holanda
	sweden swedish swedes stockholm السويد سويدي швеция швеции suède suédois schweden schwedische suecia sueco
	norway norwegian norwegians oslo النرويج норвегия норвегии norvège norwegen noruega
	denmark danish danes copenhagen الدنمارك دنماركي дания дании danemark danois dänemark dinamarca
	finland finnish finns helsinki فنلندا финляндия финляндии finlande finnland finlandia
	iceland icelandic reykjavik ايسلندا исландия islande
	estonia estonian tallinn استونيا эстония эстонии estonie estland
	latvia latvian riga لاتفيا латвия латвии lettonie lettland
	lithuania lithuanian vilnius ليتوانيا литва литвы lituanie litauen
	moldova moldovan chisinau مولدوفا молдавия молдова moldavie moldawien
	georgia georgian georgians tbilisi جورجيا грузия грузии грузинский géorgie georgien
	armenia armenian armenians yerevan ارمينيا армения армении arménie armenien
	azerbaijan azerbaijani baku اذربيجان азербайджан азербайджана azerbaïdjan aserbaidschan
	kazakhstan kazakh kazakhs astana كازاخستان казахстан казахстана казахский
	uzbekistan uzbek uzbeks tashkent اوزبكستان узбекистан узбекистана
	kyrgyzstan kyrgyz bishkek قرغيزستان киргизия киргизии
	tajikistan tajik dushanbe طاجيكستان таджикистан таджикистана
	turkmenistan turkmen ashgabat تركمانستان туркмения туркменистан
	mongolia mongolian ulaanbaatar منغوليا монголия
	china chinese 中国 中國 중국 beijing الصين صيني صينيه بكين китай китая китае китайский китайские китайских пекин пекине chine chinois chinoise pékin chinesische chinesischen peking chino pekín
	taiwan taiwanese taipei تايوان тайвань тайваня taïwan taiwán
	hong_kong hk hongkong гонконг гонконге
	japan japanese 日本 일본 tokyo اليابان ياباني يابانيه طوكيو япония японии японский японские токио japon japonais japonaise japanische japón japonés tokio
	north_korea 朝鲜 北朝 北韓 북한 n_korea nkorea north_korean dprk pyongyang كوريا_الشماليه بيونغ_يانغ северная_корея северной_корее кндр пхеньян corée_du_nord nordkorea corea_del_norte
	south_korea 韩国 韓國 韓国 한국 s_korea skorea south_korean seoul كوريا_الجنوبيه سول سيول южная_корея южной_корее сеул corée_du_sud südkorea corea_del_sur
	india indian 印度 인도 indians new_delhi الهند هندي هنديه نيودلهي индия индии индийский дели inde indien indienne indische
	pakistan pakistani pakistanis pak islamabad باكستان باكستاني باكستانيه اسلام_اباد пакистан пакистана пакистане pakistanais pakistanische paquistán pakistán
	bangladesh bangladeshi dhaka بنغلاديش бангладеш
	sri_lanka sri_lankan lanka lankan colombo سريلانكا шри_ланка
	nepal nepali nepalese kathmandu نيبال непал
	afghanistan afghan afghans kabul افغانستان افغاني افغانيه كابول كابل афганистан афганистана афганистане афганский кабул afghane afganistán
	iran iranian 伊朗 이란 iranians tehran teheran ايران ايراني ايرانيه طهران иран ирана иране иранский тегеран téhéran iranien iranienne iranische irán iraní teherán
	iraq iraqi iraqis baghdad العراق عراقي عراقيه بغداد ирак ирака ираке иракский багдад irak irakien irakienne irakische bagdad
	syria syrian syrians damascus سوريا سوري سوريه دمشق сирия сирии сирийский сирийские сирийских дамаск syrie syrien syrienne syrische siria sirio damas
	lebanon lebanese beirut لبنان لبناني لبنانيه بيروت ливан ливана ливане ливанский бейрут liban libanais libanon líbano beyrouth
	israel israeli 以色 이스 israelis tel_aviv اسرائيل اسرائيلي اسرائيليه تل_ابيب израиль израиля израиле израильский израильские israël israélien israélienne israelische israelí
	palestine palestinian palestinians فلسطين فلسطيني فلسطينيه палестина палестины палестинский палестинские palestinien palestinienne palästina palästinensische palestino palestina
	gaza gazan gazans غزه сектор_газа газа газе
	jordan jordanian jordanians amman الاردن اردني اردنيه иордания иордании jordanie jordanien jordania
	saudi saudis saudi_arabia riyadh السعوديه سعودي سعوديه المملكه_العربيه_السعوديه الرياض саудовская_аравия саудовской_аравии эр_рияд arabie_saoudite saoudien saudi_arabien arabia_saudí
	yemen yemeni yemenis sanaa اليمن يمني يمنيه صنعاء йемен йемена йемене yémen jemen
	oman omani muscat عمان عماني оман омана
	uae emirates emirati emiratis abu_dhabi الامارات اماراتي اماراتيه ابو_ظبي ابوظبي оаэ эмираты эмиратов émirats emiratos
	qatar qatari qataris doha قطر قطري قطريه الدوحه катар катара катаре catar
	kuwait kuwaiti kuwaitis الكويت كويتي كويتيه кувейт koweït
	bahrain bahraini bahrainis manama البحرين بحريني بحرينيه бахрейн bahreïn
	egypt egyptian egyptians cairo مصر مصري مصريه القاهره египет египта египте египетский каир égypte égyptien égyptienne ägypten ägyptische egipto egipcio
	libya libyan libyans tripoli ليبيا ليبي ليبيه طرابلس ливия ливии ливийский триполи libye libyen libia
	tunisia tunisian tunisians tunis تونس تونسي تونسيه тунис туниса tunisie tunisien tunesien túnez
	algeria algerian algerians algiers الجزائر جزائري جزائريه алжир алжира algérie algérien algerien argelia argelino
	morocco moroccan moroccans rabat المغرب مغربي مغربيه الرباط марокко maroc marocain marokko marruecos
	mauritania mauritanian nouakchott موريتانيا мавритания
	sudan sudanese khartoum السودان سوداني سودانيه الخرطوم судан судана soudan
	south_sudan s_sudan juba جنوب_السودان южный_судан soudan_du_sud südsudan
	ethiopia ethiopian ethiopians addis_ababa اثيوبيا اثيوبي اثيوبيه эфиопия эфиопии éthiopie äthiopien etiopía
	eritrea eritrean asmara اريتريا эритрея
	somalia somali somalis mogadishu الصومال صومالي сомали
	kenya kenyan kenyans nairobi كينياا كيني кения кении
	uganda ugandan ugandans kampala اوغندا уганда
	tanzania tanzanian تنزانيا танзания
	rwanda rwandan rwandans kigali رواندا руанда
	burundi burundian بوروندي бурунди
	congo congolese drc dr_congo kinshasa الكونغو конго
	nigeria nigerian nigerians abuja نيجيريا نيجيري нигерия нигерии
	niger niamey النيجر нигер
	ghana ghanaian accra غانا гана
	mali malian malians bamako мали
	senegal senegalese dakar السنغال сенегал
	ivory_coast ivorian abidjan ساحل_العاج
	cameroon cameroonian الكاميرون камерун
	chad chadian تشاد чад
	zimbabwe zimbabwean harare زيمبابوي зимбабве
	zambia zambian lusaka زامبيا замбия
	malawi malawian مالاوي
	mozambique maputo موزمبيق мозамбик
	angola angolan luanda انغولا ангола
	south_africa south_african s_africa pretoria جنوب_افريقيا юар южная_африка afrique_du_sud südafrika sudáfrica
	madagascar مدغشقر мадагаскар
	canada canadian canadians ottawa كندا كندي كنديه канада канады канаде канадский canadien kanada kanadische canadá
	mexico mexican mexicans mexico_city المكسيك مكسيكي мексика мексики мексике mexique mexicain mexiko méxico mexicano
	cuba cuban cubans havana كوبا كوبي куба кубы cubain kuba cubano
	haiti haitian haitians هايتي гаити haïti
	jamaica jamaican kingston جامايكا
	guatemala guatemalan غواتيمالا гватемала
	honduras honduran هندوراس гондурас
	nicaragua nicaraguan managua نيكاراغوا никарагуа
	el_salvador salvadoran السلفادور сальвадор
	costa_rica costa_rican كوستاريكا
	panama panamanian بنما панама panamá
	colombia colombian colombians bogota كولومبيا колумбия колумбии colombie kolumbien colombiano
	venezuela venezuelan venezuelans caracas فنزويلا венесуэла венесуэлы vénézuéla venezolano
	ecuador ecuadorian ecuadorean quito الاكوادور эквадор équateur
	peru peruvian peruvians lima بيرو перу pérou perú peruano
	bolivia bolivian la_paz بوليفيا боливия bolivie
	chile chilean chileans santiago تشيلي чили chili chileno
	argentina argentine argentinian buenos_aires الارجنتين ارجنتيني аргентина аргентины argentinien argentino
	uruguay uruguayan اوروغواي уругвай
	paraguay paraguayan باراغواي парагвай
	brazil brazilian brazilians brasilia البرازيل برازيلي бразилия бразилии brésil brésilien brasilien brasil brasileño
	thailand thai thais bangkok تايلاند تايلندي таиланд таиланда thaïlande
	vietnam vietnamese hanoi فيتنام вьетнам вьетнама
	cambodia cambodian phnom_penh كمبوديا камбоджа
	laos laotian لاوس лаос
	myanmar burma burmese yangon naypyitaw ميانمار بورما мьянма мьянмы birmanie
	malaysia malaysian malaysians kuala_lumpur kl ماليزيا ماليزي كوالالمبور малайзия малайзии malaisie malasia
	singapore singaporean singaporeans سنغافوره сингапур singapour singapur
	indonesia indonesian indonesians jakarta اندونيسيا اندونيسي جاكرتا индонезия индонезии indonésie indonesien
	philippines philippine filipino filipinos manila الفلبين филиппины филиппинах philippinen filipinas
	east_timor timor_leste dili تيمور
	australia australian australians aussie canberra استراليا استرالي австралия австралии australie australien
	new_zealand nz kiwi نيوزيلندا новая_зеландия nouvelle_zélande neuseeland nueva_zelanda
	fiji fijian فيجي
	papua_new_guinea png
	europe european europeans eurozone euro_zone eu european_union brussels اوروبا اوروبي اوروبيه الاتحاد_الاوروبي بروكسل منطقه_اليورو европа европы европе европейский европейские ес евросоюз брюссель européen européenne europäische europäischen union_européenne ue unión_europea europeo bruselas bruxelles
	africa african africans افريقيا افريقي африка африки afrique africain afrika áfrica
	asia asian asians اسيا اسيوي азия азии asie asiatique asien`
