package words_test

import (
	"fmt"

	"github.com/slugline/slugline/internal/words"
)

func ExampleKey() {
	fmt.Println(words.Key("Trump’s U.S. tariffs: 1,000 firms “hit”"))
	fmt.Println(words.Key("TRUMP'S US tariffs - 1000 firms hit"))
	// Output:
	// trump us tariffs 1000 firms hit
	// trump us tariffs 1000 firms hit
}

func ExampleWords() {
	for _, w := range words.Words("Attacks stopped", "en") {
		fmt.Println(w.Text, w.Stem)
	}
	// Output:
	// attacks attack
	// stopped stop
}

func ExampleCut() {
	fmt.Println(words.Cut("The port closed. A storm is near and ferries wait.", 30))
	fmt.Println(words.Cut("The port closed because a storm is near.", 20))
	// Output:
	// The port closed.
	// The port closed…
}
