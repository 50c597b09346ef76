package main

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tuppence-dev/tuppence/recommend"
)

// number writes a rate with three digits, and whole with commas from a hundred on.
func number(v float64) string {
	if v < 99.95 {
		return trimmed(v)
	}
	s := strconv.FormatFloat(math.Round(v), 'f', 0, 64)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// trimmed writes v with three digits, without an exponent.
func trimmed(v float64) string {
	const least = 0.000001
	if v <= 0 {
		return "0"
	}
	if v < least {
		return "< 0.000001"
	}
	s := strconv.FormatFloat(v, 'f', max(0, 2-int(math.Floor(math.Log10(v)))), 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

func cores(v float64) string { return trimmed(v) }

func percent(v float64) string { return trimmed(v*100) + " %" }

// length writes seconds as people do: 12 ms, 1.5 s, 10m30s.
func length(s float64) string {
	switch {
	case s < 0.0005:
		return "0"
	case s < 1:
		return strconv.FormatFloat(math.Round(s*1000), 'f', -1, 64) + " ms"
	case s < 60:
		return trimmed(s) + " s"
	}
	d := time.Duration(min(s, 1e9) * float64(time.Second)).Round(time.Second)
	if d >= 10*time.Hour {
		d = d.Round(time.Minute)
	}
	return recommend.Interval(d)
}

func pad(s string, n int) string {
	return s + strings.Repeat(" ", max(0, n-utf8.RuneCountInString(s)))
}

func right(s string, n int) string {
	return strings.Repeat(" ", max(1, n-utf8.RuneCountInString(s))) + s
}

// cut keeps the beginning and the end of what is too long.
func cut(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	head := n / 2
	return string(r[:head]) + "…" + string(r[len(r)-(n-head-1):])
}

// fold breaks s at spaces into lines of at most n characters.
func fold(s string, n int, indent string) string {
	var b strings.Builder
	used := 0
	for i, word := range strings.Fields(s) {
		w := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case used+1+w > n:
			b.WriteString("\n" + indent)
			used = len(indent)
		default:
			b.WriteByte(' ')
			used++
		}
		b.WriteString(word)
		used += w
	}
	return b.String()
}
