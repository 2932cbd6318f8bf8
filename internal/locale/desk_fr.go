package locale

var deskFrench = DeskTexts{
	Texts:  map[string]string{},
	Counts: map[string]Forms{},
}
