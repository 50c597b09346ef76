package pull

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOwnersOf(t *testing.T) {
	for _, tc := range []struct {
		name, text, file, want string
	}{
		{"no rule: the fleet's", "", "apps/x.yaml", "fleet"},
		{"the last line that matches counts", "* @all\n/apps/ @apps\n/apps/shop/ @acme/shop\n", "apps/shop/x.yaml", "@acme/shop"},
		{"several owners are sorted and named once", "* @b @a you@example.org @b", "x", "@a @b you@example.org"},
		{"a line without owners gives the file to nobody", "* @all\n/apps/\n", "apps/x.yaml", "fleet"},
		{"a bad line owns nothing, and the others hold", "* @all\n[a-z] é @x\napps/[ab] @y\n", "apps/a", "@all"},
		{"an owner that is none spoils its line only", "* @all\n/apps/ nobody\n", "apps/a", "@all"},
		{"comments and blank lines are nothing", "# * @no\n\n* @all # @not\n", "x", "@all"},
		{"Windows line ends", "* @all\r\n/apps/ @apps\r\n", "apps/x", "@apps"},
		{"a slash matches nothing", "* @all\n/ @root\n// @root\n", "x", "@all"},
		{"a section has its say beside the others", "* @all\n[Platform]\n/apps/ @platform\n[Shop]\n/apps/shop/ @shop\n", "apps/shop/x", "@all @platform @shop"},
		{"a section's own owners stand in for a line's", "[Platform][2] @platform # two approvals\n/apps/\n/apps/shop/ @shop\n", "apps/x", "@platform"},
		{"but not where the line has its own", "[Platform] @platform\n/apps/\n/apps/shop/ @shop\n", "apps/shop/x", "@shop"},
		{"a word that is no owner is not a section's either", "[Platform] nobody @platform\n/apps/\n", "apps/x", "@platform"},
		{"an optional section counts", "^[Docs] @docs\n*.md\n", "README.md", "@docs"},
		{"sections of one name are one", "[A] @a\n*\n[b] @b\n*\n[a]\n/apps/ @x\n", "apps/x", "@b @x"},
		{"what a section leaves out it does not own", "* @all\n[A]\n* @a\n!/apps/gen/\n/apps/ @x\n", "apps/gen/x", "@all"},
		{"GitLab's subgroups and roles", "* @acme/uk/shop @@maintainer", "x", "@@maintainer @acme/uk/shop"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o, err := parseOwners(tc.text)
			must(t, err)
			if got := o.Of(tc.file); got != tc.want {
				t.Errorf("%s is %q's, want %q", tc.file, got, tc.want)
			}
		})
	}
}

func TestOwnersOfSeveralFilesAreThoseOfEach(t *testing.T) {
	o, err := parseOwners("/apps/ @b @a\n/till/ @c @a\n")
	must(t, err)
	for want, files := range map[string][]string{"@a @b @c": {"till/x", "apps/x"}, "@a @b": {"apps/x", "nobodys"}, Fleet: {"nobodys", "x"}} {
		if got := o.Of(files...); got != want {
			t.Errorf("%v are %q's, want %q", files, got, want)
		}
	}
	if got := o.Of(); got != Fleet {
		t.Errorf("no file is %q's", got)
	}
}

func TestOwnersSayWhatTheySkipped(t *testing.T) {
	o, err := parseOwners("* @all\n\nbad pattern [x] @y\n/x nobody\n" + strings.Repeat("x", maxOwnerLine+1) + " @a\n")
	must(t, err)
	if len(o.Skipped) != 3 || !strings.HasPrefix(o.Skipped[0], "line 3: ") || !strings.HasPrefix(o.Skipped[1], "line 4: ") || !strings.HasPrefix(o.Skipped[2], "line 5: it is longer") {
		t.Errorf("skipped %q", o.Skipped)
	}
	if _, err := parseOwners(strings.Repeat("* @a\n", maxOwnerRule+1)); err == nil {
		t.Error("any number of rules is taken")
	}
}

func TestReadOwnersTakesTheFirstFileAndNoLink(t *testing.T) {
	root := t.TempDir()
	write := func(name, owner string) {
		must(t, os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o755))
		must(t, os.WriteFile(filepath.Join(root, name), []byte("* "+owner), 0o644))
	}
	want := func(file, owner string) {
		t.Helper()
		o, err := ReadOwners(root)
		must(t, err)
		if o.File != file || o.Of("x") != owner {
			t.Errorf("%q says %q, want %q and %q", o.File, o.Of("x"), file, owner)
		}
	}
	want("", "fleet")
	write(".gitea/CODEOWNERS", "@gitea")
	want(".gitea/CODEOWNERS", "@gitea")
	write("docs/CODEOWNERS", "@docs")
	want("docs/CODEOWNERS", "@docs")
	secret := filepath.Join(t.TempDir(), "secret")
	must(t, os.WriteFile(secret, []byte("* @outside"), 0o600))
	must(t, os.Symlink(secret, filepath.Join(root, "CODEOWNERS")))
	want("docs/CODEOWNERS", "@docs")
	must(t, os.Symlink(filepath.Dir(secret), filepath.Join(root, ".github")))
	if o, err := ReadOwners(root); err == nil && o.Of("x") == "@outside" {
		t.Error("a file outside the tree was read")
	}
}

func FuzzOwners(f *testing.F) {
	f.Add("* @all\n[Shop] @shop\n/apps/** @a/b\n", "apps/shop/x.yaml")
	f.Add("/ @x\n", "")
	f.Add("\\ a/*?/**/ @x\n!**\n^[x][1]", "a")
	f.Fuzz(func(t *testing.T, text, file string) {
		o, err := parseOwners(text)
		if err != nil {
			return
		}
		if owner := o.Of(file); owner == "" || strings.ContainsAny(owner, "\r\n\t") {
			t.Errorf("the owner is %q", owner)
		}
	})
}
