package locale

var deskRussian = DeskTexts{
	Texts:  map[string]string{},
	Counts: map[string]Forms{},
}
