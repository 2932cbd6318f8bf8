package story

// sameWords are words that headlines use for one another.
const sameWords = `
	un united-nations
	pm premier prime-minister
	poll polls election elections vote votes voted voting voter voters go_to_polls goes_to_polls head_to_polls heads_to_polls go_to_the_polls head_to_the_polls
	talk talks negotiation negotiations negotiate
	bomb bombing blast explosion explode bombs
	quake earthquake tremor
	reveal unveil announce declare announces names named
	chief head boss leader
	probe investigate investigation inquiry
	ask urge call calls
	pact deal agreement accord
	lawmaker lawmakers mp mps legislator legislators senator senators congressman congresswoman
	judge justice
	troops troop soldiers soldier army military forces servicemen armed_forces
	gunman gunmen shooter
	storm hurricane typhoon cyclone
	blaze fire fires ablaze afire alight on_fire in_flames
	migrant migrants refugee refugees
	divorce split part-ways
	envoy ambassador
	sanction sanctions
	drug drugs medicine
	student students pupil
	children child kids kid
	budget spending
	trial hearing
	film movie
	race contest
	bid attempt
	crackdown clampdown
	claim claims allegation allegations
	retire retires retired retirement
	speak speaks speech address addresses
	visit visits tour
	meet meets meeting
	slam slams criticise criticises criticize criticizes condemn condemns condemnation
	flee flees fled escape escapes escaped
	sue sues lawsuit
	move moves
	vow vows pledge pledges promise promises
	decide decides decision
	bailout bailouts bail_out rescue_package rescue_deal
	pope pontiff
	nuke nuclear atomic
	outrage anger fury
	ship vessel boat
	protest protester demonstrator demonstration
	police cop cops
	football soccer
	plane aircraft jet airplane
	doctor doctors medic
	writer author
	employee worker staff
	car vehicle auto
	firm company
	gay gays same_sex homosexual homosexuals
	korea korean
	chemical chemicals
	weapon weapons arms
	fear fears worry worries concern concerns
	see sees seen
	warn warns warning
	plan plans planned planning
	hit hits hitting struck strike strikes striking rock rocks rocked jolt jolts jolted rattle rattles shake shakes shook
	nab seize seized seizes snatch snatches snatched steal steals stole stolen
	plea petition
	murder murders murdered homicide
	shoot shooting shootings shootout gunfire
	violence unrest riot riots rioting
	clash clashes clashed fighting battle battles
	airstrike airstrikes raid raids raided
	powerful massive huge giant major
	deadly lethal
	defence defense
	centre center
	labour labor
	organisation organization organisations organizations
	recognise recognize recognises recognizes
	programme program
	theatre theater
	aluminium aluminum
	jobless unemployed unemployment joblessness
	gop republican republicans
	dem democrat democrats democratic
	nyc new-york-city
	eu european-union
	govt government gov regime administration
	intl international
	natl national
	prez president presidential
	vp vice-president
	minister ministers
	mayor mayoral
	actor actress
	singer vocalist
	legend icon
	celebrated famed renowned acclaimed
	laureate prizewinner prize-winning
	spokesman spokeswoman spokesperson
	businessman tycoon magnate billionaire
	cleric imam
	bishop archbishop cardinal
	militant militants insurgent insurgents extremist extremists jihadist jihadists islamist islamists
	rebel rebels opposition
	terrorist terrorists terror terrorism
	hostage hostages captive captives
	kidnap kidnaps kidnapped abduct abducts abducted abduction
	prisoner prisoners inmate inmates detainee detainees
	prison
	lawyer lawyers attorney attorneys
	court tribunal
	ruling verdict judgment judgement
	uphold upholds upheld
	sentencing
	fine fined penalty
	corruption graft bribery
	fraud scam swindle
	hacker hackers hacking hack
	cyberattack cyber-attack
	data-breach leak leaks leaked
	spy spies spying espionage surveillance
	nuclear-plant reactor
	oil-price crude
	economy economic
	crisis turmoil
	debt debts
	loan loans
	bank banks banking lender lenders
	job jobs
	wage wages salary salaries pay
	tax taxes
	fund funds asset assets
	profit profits earnings
	revenue revenues turnover
	merger merge merges merging takeover
	unit subsidiary
	offer offers proposal proposals
	row dispute spat feud
	scandal controversy furore
	ally allies
	foe foes rival rivals enemy
	accuse accuses accused alleges
	blame blames blamed
	praise praises praised hail hails hailed laud lauds
	mourn mourns mourned
	apologise apologize apologises apologizes apology apologies
	regret regrets
	mark marks marked commemorate commemorates
	honour honor honours honors
	celebrate celebrates celebration celebrations
	destroy destroys destroyed destruction demolish demolishes
	damage damages damaged
	rip rips ravage ravages ravaged
	batter batters battered wallop wallops pound pounds lash lashes
	flood floods flooding flooded
	tornado twister
	wildfire wildfires bushfire bushfires
	landslide mudslide
	drown drowns drowned
	missing
	find finds found discover discovers discovered discovery
	search searches hunt hunts manhunt
	body bodies corpse corpses remains
	victim victims casualty casualties
	survivor survivors
	evacuate evacuates evacuated evacuation
	aid relief
	hospital clinic
	disease illness
	virus outbreak epidemic
	vaccine vaccines vaccination
	study research
	scientist scientists researcher researchers
	satellite satellites
	earth planet-earth
	climate-change warming
	school schools
	teacher teachers
	university college
	teen teenager teens teenagers
	baby infant newborn
	couple pair-of
	wed weds wedding marry marries married marriage
	pregnant pregnancy expecting
	birth born
	coalition alliance
	parliament lawmaking
	constitution constitutional
	referendum plebiscite
	ballot ballots
	candidate candidates contender contenders nominee
	campaign campaigns
	debate debates
	king monarch
	navy naval
	missile missiles rocket rockets
	tank tanks
	drone drones
	gun guns firearm firearms
	base bases
	border frontier
	flight flights
	airline airlines carrier carriers
	train trains rail railway
	bus
	truck lorry
	road highway motorway
	town city village
	home house
	mall shopping
	church cathedral
	mosque mosques
	coach manager
	player players footballer
	team squad
	match game
	final finals
	cup trophy title championship crown
	champion champions champ
	clinch clinches clinched capture captures captured secure secures
	tie tied drew
	record records
	award awards prize prizes
	album
	tv television
	phone smartphone handset
	app application apps
	internet web online
	website site
	computer pc
	chip chips semiconductor
	car-maker carmaker automaker
	ceo chief-executive
	founder cofounder
	show shows
	try tries tried seek seeks sought
	want wants wanted
	hope hopes hoped
	expect expects expected
	consider considers considering mull mulls weigh weighs eye eyes
	prepare prepares preparing ready
	host hosts
	hold holds held
	give gives gave hand hands handed transfer transfers transferred
	take takes took taken
	make makes made
	get gets got
	keep keeps kept maintain maintains
	become becomes became
	remain stay stays
	send sends sent deploy deploys deployed dispatch
	bring brings brought
	create creates created establish establishes established build builds built
	break breaks broke broken
	collapse collapses collapsed
	burn burns burned burnt burning
	charge charges charged indict indicts indicted
	admit admits admitted confess confesses
	pray prays prayer prayers
	watch-dog watchdog regulator
	cost costs costly expensive
	cheap cheaper
	tibet tibetan
	emirates emirati uae
	اعتقال-حملة توقيف
	رئيس زعيم
	حكومة حكومي
	قوات جيش
	مسلحون مسلحين مسلح
	انفجار تفجير
	زلزال هزة
	حريق حرائق
	لقاء اجتماع
	محادثات مفاوضات مباحثات
	اتفاق اتفاقية
	مشروع خطة
	يطالب تطالب دعا يدعو تدعو يناشد
	يبحث تبحث يناقش تناقش
	يزور زيارة
	يلتقي التقى
	مشاركة يشارك تشارك
	طائرة طائرات
	سيارة سيارات
	طفل اطفال
	взрыв взрывы
	переговоры переговоров
	соглашение договор
	президент глава
	полиция полицейский
	суд судья
	правительство кабмин
	guerre conflit
	réunion rencontre
	accord-de pacte
	élection scrutin vote
	treffen gespräch gespräche
	wahl abstimmung
	reunión encuentro
	elección elecciones comicios
	pick picks picked choose chooses chose chosen choosing select selects selected tap taps tapped
	sworn_in swear_in swears_in swearing_in sworn_into_office take_office takes_office took_office takes_oath take_oath takes_oath_of_office inaugurate inaugurated inauguration assume assumes assumed takes_over take_over took_over
	overturn overturns overturned strike_down strikes_down struck_down quash quashes quashed overrule overrules
	execution executions execute executes executed death_penalty death_penalties capital_punishment death_sentence death_sentences put_to_death
	massacre massacres massacred slaughter carnage bloodbath
	killer killers murderer murderers
	besiege besieges besieged siege under_siege surround surrounds surrounded
	gang_rape gangrape gang_raped
	horse_meat horsemeat
	fighter_jet fighter_jets warplane warplanes fighter_plane
	hospital hospitals hospitalised hospitalized hospitalise hospitalize
	overrun overruns seize_control takes_control take_control
	punish punishes punished punishment
	rape rapes raped
	assault assaults assaulted
	impose imposes imposed slap slaps slapped
	climber climbers mountaineer mountaineers
	prime_ministers pm premier prime_minister premiers
	supreme_court high_court top_court sc
	central_bank central_banks
	federal_reserve fed us_federal_reserve
	bank_of_england boe
	european_central_bank ecb
	international_monetary_fund imf
	world_bank
	world_health_organization world_health_organisation w_h_o
	united_nations un u_n
	security_council unsc
	white_house
	us_geological_survey usgs
	international_atomic_energy_agency iaea atomic_agency un_nuclear_watchdog
	international_criminal_court icc
	chief_executive ceo chief_executive_officer
	new_york nyc new_york_city ny
	los_angeles la_calif
	new_orleans nola
	san_francisco sf
	washington_dc
	california calif
	florida fla
	colorado colo
	texas tex
	michigan mich
	minnesota minn
	massachusetts mass
	connecticut conn
	pennsylvania penn
	tennessee tenn
	arizona ariz
	illinois ill
	wisconsin wis
	virginia va
	georgia_state ga
	oklahoma okla
	kansas kan
	washington_state wash
	quran koran
	mohammed muhammad mohamed mohammad
	west_bank w_bank
	middle_east mideast
	al_qaeda al_qaida qaeda qaida
	islamic_state isis isil daesh is_militants داعش تنظيم_الدوله игил
	muslim_brotherhood brotherhood الاخوان الاخوان_المسلمين
	security_forces security_force قوات_الامن
	climate_change global_warming
	civil_war
	blackout power_cut power_outage outages outage
	blizzard snowstorm snow_storm winter_storm
	travel travels travelled traveled trip trips
	speed_up speeds_up accelerate accelerates
	pose poses posed posing
	attractive pretty beautiful
	paralyse paralyze paralyses paralyzes
	landmark historic
	adamant insist insists insisted
	trick tricks
	compensation damages payout
	shelve shelves shelved
	ease eases eased relax relaxes relaxed loosen loosens
	tighten tightens tightened toughen toughens
	spark sparks sparked trigger triggers triggered prompt prompts prompted
	swap swaps swapped exchange
	factory factories
	gallery museum
	neighbour neighbor neighbours neighbors
	mom mum
	budget budgets
	tribute tributes
	funeral burial buried
	anniversary anniversaries
	premiere premieres debut debuts
	penalty_kick spot_kick
	knock_out knocks_out knocked_out eliminate eliminates eliminated oust_from
	sign signs signed signing
	ton century
	القبض_على القاء_القبض القي_القبض تلقي_القبض يلقي_القبض ضبط توقيف اعتقال
	رئيس_الوزراء رئيس_الحكومه رئيسه_الوزراء
	الامم_المتحده امم_المتحده الاممي امميه
	مجلس_الامن
	ولي_العهد
	وزير_الخارجيه
	كره_القدم كره_قدم
	قرب بالقرب قريب_من
	يكشف تكشف كشف كشفت يزيح
	يخطط تخطط يعتزم تعتزم ينوي تنوي
	كبير كبيره ضخم ضخمه هائل هائله
	استمرار يستمر تستمر يواصل تواصل مواصله متواصل مستمر
	يستضيف تستضيف ضيافه استضافه
	بدايه مطلع
	صحفي صحفيين صحافي صحافيين
	ضحيه ضحايا
	مهاجر مهاجرين لاجئ لاجئين اللاجئين المهاجرين
	شرطه امن
	معارك قتال اشتباك اشتباكات
	قصف غارات غاره
	اصدر تصدر يصدر
	مدينه بلده
	اطلق يطلق تطلق اطلاق
	يعترف تعترف اعتراف اعترف اعترفت اقر
	يتهم تتهم اتهم اتهمت اتهام اتهامات
	يحذر تحذر حذر حذرت تحذير تحذيرات
	يهدد تهدد هدد هددت تهديد تهديدات
	ينتقد تنتقد انتقد انتقدت انتقاد انتقادات يهاجم_لفظيا
	ينتخب انتخاب انتخابات الانتخابات
	عقوبه عقوبات العقوبات
	طلب طلبت مطالبات مطالبه
	стрельба перестрелка
	авария дтп
	пожар возгорание
	премьер премьер_министр
	министр глава_министерства
	коронавирус covid covid-19 коронавирусом коронавируса
	госдума дума
	владимир_путин путин путина путину путиным
	военные военный войска армия
	ребенок дети детей
	врач врачи медики медик
	суд_приговорил приговор приговорил приговорили
	цены стоимость
	рассказать объяснить объяснил объяснили
	назвать назвал назвали назвала
	gobierno ejecutivo
	policía agentes
	presidente mandatario
	police gendarmes policiers policier
	gouvernement exécutif
	regierung kabinett
	polizei polizisten
	brand feuer
	unfall unglück`
