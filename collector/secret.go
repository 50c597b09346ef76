package collector

import (
	"bytes"
	"encoding/base64"
	"strings"
)

// HideCredentials returns body with the credentials of an Authorization header
// blanked out: a bearer token, or the password of basic authentication in clear
// and as it was sent. Some proxies echo what they refuse, and an error that quotes
// them must not.
func HideCredentials(body []byte, authorization string) []byte {
	scheme, credential, ok := strings.Cut(authorization, " ")
	if !ok || credential == "" {
		return body
	}
	body = bytes.ReplaceAll(body, []byte(credential), []byte("[hidden]"))
	if strings.EqualFold(scheme, "Basic") {
		if plain, err := base64.StdEncoding.DecodeString(credential); err == nil {
			if _, password, _ := strings.Cut(string(plain), ":"); password != "" {
				body = bytes.ReplaceAll(body, []byte(password), []byte("[hidden]"))
			}
		}
	}
	return body
}
