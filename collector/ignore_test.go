package collector

import (
	"testing"

	"pgregory.net/rapid"
)

func TestWhatTheIgnoreAnnotationSays(t *testing.T) {
	for rule, tc := range map[string]struct {
		value, want string
		rightsize   bool
	}{
		"all":                           {"true", "true", true},
		"all, however it is written":    {" True ", "true", true},
		"all, in another word":          {"yes", "true", true},
		"all, without a value":          {"", "true", true},
		"nothing":                       {"false", "", false},
		"one":                           {"spot", "spot", false},
		"some, in order and each once":  {"spot, rightsize,spot", "rightsize,spot", true},
		"some and all":                  {"spot,true", "true", true},
		"what is no list errs on all":   {"see https://wiki.example/x", "true", true},
		"a list of many errs on all":    {"a b c d e f g h i j k l m n o p q", "true", true},
		"a word that is too long to be": {"abcdefghijklmnopqrstuvwxyzabcdefg", "true", true},
	} {
		got := IgnoreOf(map[string]string{IgnoreAnnotation: tc.value})
		if got != tc.want || Ignores(got, "rightsize") != tc.rightsize {
			t.Errorf("%s: %q reads as %q, want %q; right-sizing is ignored: %v", rule, tc.value, got, tc.want, !tc.rightsize)
		}
	}
	if got := IgnoreOf(map[string]string{"other": "true"}); got != "" || Ignores(got, "rightsize") || Ignores(got, "") {
		t.Errorf("no annotation reads as %q", got)
	}
}

// What was read once reads the same again, and is short enough for a recording.
func TestWhatIsIgnoredIsCanonical(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(rapid.String(), rapid.StringMatching(`( ?[a-z]{1,9},?){0,20}`)).Draw(t, "value")
		got := IgnoreOf(map[string]string{IgnoreAnnotation: value})
		if again := IgnoreOf(map[string]string{IgnoreAnnotation: got}); got != "" && again != got || len(got) > MaxText {
			t.Fatalf("%q reads as %q, and that as %q", value, got, again)
		}
	})
}
