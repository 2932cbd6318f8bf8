package locale

var deskSpanish = DeskTexts{
	Texts:  map[string]string{},
	Counts: map[string]Forms{},
}
