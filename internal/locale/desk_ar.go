package locale

var deskArabic = DeskTexts{
	Texts:  map[string]string{},
	Counts: map[string]Forms{},
}
