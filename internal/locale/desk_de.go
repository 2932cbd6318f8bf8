package locale

var deskGerman = DeskTexts{
	Texts: map[string]string{
		"Mark all read": "Alle als gelesen markieren",
	},
	Counts: map[string]Forms{},
}
