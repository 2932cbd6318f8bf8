package locale

var deskPersian = DeskTexts{
	Texts:  map[string]string{},
	Counts: map[string]Forms{},
}
