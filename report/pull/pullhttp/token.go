package pullhttp

import (
	"context"
	"fmt"
	"strings"
)

// tokenFile returns what reads the token in the file, without the white space
// around it.
func tokenFile(file string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) {
		data, err := ReadSmall("the token", file)
		if err != nil {
			return "", err
		}
		token := strings.TrimSpace(string(data))
		if token == "" || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
			return "", fmt.Errorf("read the token: %s holds none, or more than one line", file)
		}
		return token, nil
	}
}

// unsent is why a request never left: the forge has no part in it.
type unsent struct{ error }

func (u unsent) Unwrap() error { return u.error }
