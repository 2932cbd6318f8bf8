package story_test

import (
	"encoding/hex"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/story"
)

// Signatures of older versions are loaded: later headlines are compared with them.
func TestSignaturesOfOlderVersions(t *testing.T) {
	for _, s := range []string{
		"03000000000101010000808885b2c06832343465346536747970677768323434653465367479706777687462ca10a432b9f29173101b" +
			"00000000000000000000000000000000000000000000000000000000000000002866657272792073696e6b73206f6666206d61727365696c6c652077697468203231" +
			"2061626f61726407781b185572002bbc74c27203531b51f80e012b0b4da272000581a5270e019947c66f720289f2e288720000",
		"04000000000101010000808885b2c06832343465346536747970677768323434653465367479706777687462ca10a432b9f29173101b" +
			"00000000000000000000000000000000000000000000000000000000000000002866657272792073696e6b73206f6666206d61727365696c6c652077697468203231" +
			"2061626f61726407781b18557f0000002bbc74c25a030000531b51f810010000abfdb1f97f00a7560581a527100100009947c66f5a02000089f2e2887f00a7e70000",
		"05000000000101010000808885b2c06832343465346536747970677768323434653465367479706777687462ca10bed29c444b5bf0c8000000000000" +
			"00000000000000000000000000000000000000000000000000002866657272792073696e6b73206f6666206d61727365696c6c652077697468203231" +
			"2061626f61726407781b18557f0000002bbc74c25a030000531b51f810010000abfdb1f97f00a7560581a527100100009947c66f5a02000089f2e288" +
			"7f00a7e700000000",
	} {
		sig, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		f := story.New()
		if err := f.Load(sig); err != nil {
			t.Fatal(err)
		}
		v := f.Judge(story.Headline{Entry: "b", Seq: 2, Owner: "two", Text: "UPDATE 1-Ferry sinks off Marseille with 21 aboard", At: noon.Add(time.Hour)})
		if want := "244e4e6typgwh"; v.Story != want || v.Level != news.LevelKey {
			t.Errorf("its copy is %s in %s, want a copy in %s", v.Level, v.Story, want)
		}
		if _, err := story.Explain(v.Signature, sig); err != nil {
			t.Error(err)
		}
	}
}

// Signatures of version 4 know nothing but the tokens. The order of the names is in
// these.
func TestSignaturesWithoutCues(t *testing.T) {
	sig, err := hex.DecodeString("0400000000010101000080a89f8dbf6832343465346536747970677768323434653465367479706777687462ca103a3b9f2420cc8f77" +
		"00000000000000000000000000000000000000000000000000000000000000002468616c64656e2073756573206e6f7276696b206f76657220666572727920706174656e74" +
		"06b4a3086b7200174658b8168472000000a3bdb30472002a0a3077600a0e010000781b185572000000eac974577200dd460000")
	if err != nil {
		t.Fatal(err)
	}
	f := story.New()
	if err := f.Load(sig); err != nil {
		t.Fatal(err)
	}
	at := noon.Add(-47 * time.Hour)
	if v := f.Judge(story.Headline{Entry: "b", Seq: 2, Text: "Norvik sues Halden over ferry patent", At: at}); v.Level != news.LevelNew {
		t.Errorf("the headline with the names turned is %s in %s", v.Level, v.Story)
	}
	if v := f.Judge(story.Headline{Entry: "c", Seq: 3, Text: "Over ferry patent, Halden sues Norvik", At: at}); v.Story != "244e4e6typgwh" {
		t.Errorf("the same in another order is %s in %s", v.Level, v.Story)
	}
}
