package story

// Version is the version of the fold's code. It grows with every change that judges
// a headline differently; verdicts of an older version remain. The words and
// stems of package words decide verdicts too: a change there that judges a headline
// differently also needs a new Version. It grows with new orders
// too, and with new reasons of desk to join stories or to delete something: see desk.NewerError.
const Version = 10
