package locale

var deskChinese = DeskTexts{
	Texts:  map[string]string{},
	Counts: map[string]Forms{},
}
