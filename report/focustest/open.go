package focustest

import (
	"compress/gzip"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// Open loads model-1.2.json.gz and currency_codes.csv of a folder. It skips the
// test where the folder has no model: the files are not part of the project.
func Open(t testing.TB, folder string) *Rules {
	t.Helper()
	packed, err := os.Open(filepath.Join(folder, "model-"+version+".json.gz"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("no FOCUS model in %s", folder)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	plain, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	currencies, err := os.Open(filepath.Join(folder, "currency_codes.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer currencies.Close()
	rules, err := Load(plain, currencies)
	if err != nil {
		t.Fatal(err)
	}
	return rules
}
