package collector

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// FlagIn finds a flag among the words of a command: the word that holds its value, -1
// for none; what stands before the value in that word; and the value. It stands there
// as --concurrent=4 or as --concurrent and 4, with one hyphen or two, and alone it is
// true. Of several the last one holds, as it does for Go's flags.
func FlagIn(words []string, name string) (at int, before, value string) {
	for i, item := range slices.Backward(words) {
		word, value, joined := strings.Cut(item, "=")
		switch {
		case !SameFlag(word, name):
		case joined:
			return i, word + "=", value
		case i+1 < len(words) && !strings.HasPrefix(words[i+1], "--"):
			return i + 1, "", words[i+1]
		default:
			return i, word + "=", "true"
		}
	}
	return -1, name + "=", ""
}

// SameFlag tells whether a word names the flag: it may have one hyphen or two.
func SameFlag(word, name string) bool {
	return strings.HasPrefix(word, "-") && strings.TrimLeft(word, "-") == strings.TrimLeft(name, "-")
}

// shells are the programs that run a text, and shellText the flag that gives it to one,
// alone or with others.
var (
	shells    = []string{"sh", "ash", "bash", "dash", "ksh", "zsh"}
	shellText = regexp.MustCompile(`^-[a-z]*c$`)
)

// RunsShell reports whether a command is a shell's, which runs the text that it is
// given and hands further words on to nobody: perhaps one that another program starts,
// as in "tini -- sh -c".
func RunsShell(words []string) bool {
	at := slices.IndexFunc(words, func(word string) bool { return slices.Contains(shells, path.Base(word)) })
	return at == 0 || at > 0 && slices.ContainsFunc(words[at:], shellText.MatchString)
}
