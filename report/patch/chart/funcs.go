package chart

import (
	"context"
	"fmt"
	"strings"
	"text/template"
	"time"
)

// maxRepeat bounds what one call of a template function may make: bytes or elements.
const maxRepeat = 1 << 20

// certificate has the fields of what sprig's functions return.
type certificate struct{ Cert, Key string }

// functions replace Helm's where those would differ from one rendering to the next,
// so that a chart which makes up a password or a certificate still proves that
// nothing but the wanted fields changes, and where they would take memory or time
// without bound. Those that make loops end once ctx does.
func functions(ctx context.Context) template.FuncMap {
	own := template.FuncMap{
		"now":            func() time.Time { return time.Unix(0, 0).UTC() },
		"ago":            func(any) string { return "0s" },
		"uuidv4":         func() string { return "00000000-0000-4000-8000-000000000000" },
		"shuffle":        func(s string) string { return s },
		"randInt":        func(low, _ int) int { return low },
		"randBytes":      func(n int) (string, error) { return repeat(n, "A") },
		"bcrypt":         func(string) string { return "bcrypt" },
		"htpasswd":       func(user string, _ ...any) string { return user + ":htpasswd" },
		"encryptAES":     func(string, string) string { return "aes" },
		"derivePassword": func(...any) string { return "derived" },
		"genPrivateKey":  func(string) string { return "key" },
		"repeat":         repeat,
		"indent":         indent,
		"nindent": func(n int, s string) (string, error) {
			s, err := indent(n, s)
			return "\n" + s, err
		},
		"until": func(n int) ([]int, error) {
			if n < 0 {
				return steps(ctx, 0, n, -1)
			}
			return steps(ctx, 0, n, 1)
		},
		"untilStep": func(start, stop, step int) ([]int, error) { return steps(ctx, start, stop, step) },
		"seq":       func(n ...int) (string, error) { return sequence(ctx, n) },
	}
	for _, name := range []string{"randAlphaNum", "randAlpha", "randNumeric", "randAscii"} {
		own[name] = func(n int) (string, error) { return repeat(n, "0") }
	}
	for _, name := range []string{"genCA", "genCAWithKey", "genSelfSignedCert", "genSelfSignedCertWithKey", "genSignedCert", "genSignedCertWithKey", "buildCustomCert"} {
		own[name] = func(...any) certificate { return certificate{"certificate", "key"} }
	}
	return own
}

func repeat(n int, s string) (string, error) {
	if n < 0 || n > maxRepeat || n*len(s) > maxRepeat {
		return "", fmt.Errorf("a text is repeated %d times", n)
	}
	return strings.Repeat(s, n), nil
}

func indent(n int, s string) (string, error) {
	pad, err := repeat(n, " ")
	if err != nil || n*strings.Count(s, "\n") > maxOutput {
		return "", fmt.Errorf("a text is indented by %d", n)
	}
	return pad + strings.ReplaceAll(s, "\n", "\n"+pad), nil
}

// steps is sprig's untilStep: from start to before stop.
func steps(ctx context.Context, start, stop, step int) ([]int, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	list := []int{}
	for i := start; step > 0 && i < stop || step < 0 && i > stop; i += step {
		if len(list) == maxRepeat {
			return nil, fmt.Errorf("a list of more than %d numbers is made", maxRepeat)
		}
		list = append(list, i)
	}
	return list, nil
}

// sequence is sprig's seq: the end, or start and end, or start, step and end, all
// inclusive, as text.
func sequence(ctx context.Context, n []int) (string, error) {
	if len(n) == 0 || len(n) > 3 {
		return "", nil
	}
	start, step, end := 1, 1, n[len(n)-1]
	if len(n) > 1 {
		start = n[0]
	}
	if end < start {
		step = -1
	}
	unit := step
	if len(n) == 3 {
		step = n[1]
	}
	if step*unit <= 0 {
		return "", nil
	}
	list, err := steps(ctx, start, end+unit, step)
	return strings.Trim(fmt.Sprint(list), "[]"), err
}
